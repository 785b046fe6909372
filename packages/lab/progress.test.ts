import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withProgress } from './progress.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const watch = async (tookMs: number): Promise<string[]> => {
  const lines: string[] = []
  const work = () => new Promise<void>((resolve) => setTimeout(resolve, tookMs))
  const done = withProgress('starting 3 engines', (line) => lines.push(line), work)
  await vi.advanceTimersByTimeAsync(tookMs)
  await done
  return lines
}

test('what is quick is not spoken of', async () => {
  expect(await watch(1900)).toEqual([])
})

test('what is slow is announced and then timed', async () => {
  expect(await watch(3500)).toEqual(['starting 3 engines ...', 'starting 3 engines: done after 3.5 s'])
})
