import type { Reply } from '@atoll/api'
import { expect, test } from 'vitest'
import type { Output } from '../cli.ts'
import { renderAudit } from './audit.ts'
import { createPalette } from './palette.ts'
import { screenOf } from './screen.ts'

type Entry = Reply<'listAudit'>['items'][number]

const entry: Entry = {
  sequence: 1234,
  atMs: new Date(2026, 10, 20, 10, 30, 1).getTime(),
  kind: 'done',
  by: 'ann (session)',
  action: 'startDeployment',
  subject: 'storefront-of-the-whole-company/production',
  address: '192.168.100.100',
  hash: 'x',
  previousHash: 'y',
}

const output = (isTerminal: boolean): Output => ({
  write: () => undefined,
  palette: createPalette(false),
  isTerminal,
  columns: () => 80,
  rows: () => 24,
  onResize: () => undefined,
})

test('on a terminal of 80 columns who did what stays, and of what as far as there is room', () => {
  const lines = renderAudit([entry], screenOf(output(true)))
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(79)
  expect(lines[1]).toMatch(/^2026-11-20 10:30:01 {2}ann \(session\) {2}startDeployment {2}storefront-.*… {2}done$/)
})

test('elsewhere nothing is left out', () => {
  const [, line] = renderAudit([entry], screenOf(output(false)))
  expect(line).toMatch(/^1234 .*storefront-of-the-whole-company\/production {2}done {3}192\.168\.100\.100$/)
})
