import { expect, it } from 'vitest'
import type { LogLine } from '../engine.ts'
import { gapOf, ownLine, readScripted } from './scripted-logs.ts'

it('a node whose engine hangs costs seconds once, and what it had told before is kept', async () => {
  const asked: string[] = []
  const answerNode = (id: string, response: { write(chunk: Buffer): void }): void => {
    asked.push(id)
    response.write(ownLine('01'))
  }
  const lines: readonly LogLine[] = await Array.fromAsync(
    readScripted({ collected: gapOf('n1', 'n2'), answerNode }, new AbortController().signal),
  )
  expect(lines.map(({ text }) => text)).toEqual(['at 01', 'lines are missing: no answer from node-1 and node-2'])
  // Of two tasks there the second would be waited for as long.
  expect(asked).toEqual(['c1'])
}, 20_000)
