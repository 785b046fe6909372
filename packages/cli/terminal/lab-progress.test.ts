import type { LabProgress } from '@atoll/lab'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLabProgress } from './lab-progress.ts'
import { createPalette } from './palette.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const open = ({ isTerminal }: { readonly isTerminal: boolean }) => {
  let text = ''
  const output = {
    write: (chunk: string | Uint8Array) => void (text += String(chunk)),
    palette: createPalette(false),
    isTerminal,
    columns: () => 100,
    rows: () => 40,
    onResize: () => {},
  }
  return { show: createLabProgress(output, { now: () => Date.now() }), takeText: () => [text, (text = '')][0] ?? '' }
}

const began: LabProgress = { kind: 'began', what: 'building the base image', usually: 'a minute; once' }
const end = (kind: 'done' | 'failed', tookMs: number): LabProgress => ({
  kind,
  what: 'building the base image',
  tookMs,
})

test('a terminal sees at once what is going on, and for how long', () => {
  const { show, takeText } = open({ isTerminal: true })
  show(began)
  vi.advanceTimersByTime(12_000)
  expect(takeText()).toMatch(/building the base image \(a minute; once\) 12 s\n$/)
  show(end('done', 12_000))
  expect(takeText()).toContain('building the base image: done after 12 s\n')
  expect(vi.getTimerCount()).toBe(0)
})

test('what fails is no longer shown as going on', () => {
  const { show, takeText } = open({ isTerminal: true })
  show(began)
  vi.advanceTimersByTime(5000)
  takeText()
  show(end('failed', 5000))
  expect(takeText()).toBe('\u001B[1A\r\u001B[J')
  expect(vi.getTimerCount()).toBe(0)
})

test('a log gets a line when it takes long, and one when it is over', () => {
  const { show, takeText } = open({ isTerminal: false })
  show(began)
  vi.advanceTimersByTime(60_000)
  show(end('done', 60_000))
  show({ kind: 'said', line: 'lab dev is up' })
  expect(takeText().split('\n')).toEqual([
    'building the base image (a minute; once) ...',
    'building the base image: done after 1 min',
    'lab dev is up',
    '',
  ])
})

test('a log hears nothing of what is quick', () => {
  const { show, takeText } = open({ isTerminal: false })
  show(began)
  vi.advanceTimersByTime(1900)
  show(end('done', 1900))
  vi.advanceTimersByTime(60_000)
  expect(takeText()).toBe('')
})
