import { expect, it } from 'vitest'
import type { LogLine } from '../engine.ts'
import { gapOf, ownLine, readScripted } from './scripted-logs.ts'

it('a node whose engine hangs costs seconds once, and what it had told before is kept', async () => {
  const startedMs = performance.now()
  const answerNode = (_id: string, response: { write(chunk: Buffer): void }): void => response.write(ownLine('01'))
  const lines: readonly LogLine[] = await Array.fromAsync(
    readScripted({ collected: gapOf('n1', 'n2'), answerNode }, new AbortController().signal),
  )
  expect(lines.map(({ text }) => text)).toEqual(['at 01', 'lines are missing: no answer from node-1 and node-2'])
  expect(performance.now() - startedMs).toBeLessThan(6_000)
}, 20_000)
