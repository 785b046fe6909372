import { expect, test } from 'vitest'
import type { Receipt } from '@atoll/deploy'
import { createPalette } from './palette.ts'
import { renderReceipt } from './receipt.ts'

const startedAtMs = new Date(2026, 10, 20, 10, 30, 1).getTime()
const digest = `sha256:${'ab'.repeat(32)}`

const receipt: Receipt = {
  app: 'shop',
  environment: 'production',
  deployment: 7,
  release: 4,
  previous: 3,
  state: 'rolled-back',
  author: 'ann@laptop',
  startedAtMs,
  endedAtMs: startedAtMs + 14_200,
  phases: [
    { name: 'resolve', startedAtMs, endedAtMs: startedAtMs + 300 },
    { name: 'apply', startedAtMs: startedAtMs + 300, endedAtMs: startedAtMs + 14_200 },
  ],
  tasks: [
    {
      service: 'web',
      taskId: 'abcdefgh',
      slot: 2,
      nodeId: 'n1',
      node: 'node-1',
      image: `127.0.0.1:5000/shop/web@${digest}`,
      states: [
        { state: 'starting', atMs: startedAtMs + 900 },
        { state: 'failed', atMs: startedAtMs + 2_000 },
      ],
    },
    { service: 'cron', taskId: 'qrstuv', image: 'cron:1', states: [{ state: 'complete', atMs: startedAtMs - 5 }] },
  ],
  warnings: [{ kind: 'interrupts', service: 'db', message: 'db stops before it starts', isBlocking: false }],
  causes: [
    {
      kind: 'exit',
      service: 'web',
      message: 'exited with status 3 on node-1, 3 times',
      hint: 'see its log',
      exitCode: 3,
      health: ['refused\nrefused again\n'],
      logs: ['no database'],
      nodes: [{ node: 'node-3', reason: 'is drained' }],
    },
  ],
  resumedBy: [{ owner: 'bob@desk', atMs: startedAtMs + 5_000 }],
  visitors: {
    all: {
      requests: 1_204,
      statuses: { '1xx': 0, '2xx': 1_200, '3xx': 0, '4xx': 0, '5xx': 4 },
      failed: 0,
      cut: 0,
      retries: 3,
      redispatches: 1,
      abandoned: 0,
      slowestMs: 840,
    },
    routes: [],
    uncounted: [],
  },
}

test('says who, how it ended, where the time went, every task, and why', () => {
  expect(renderReceipt(receipt, { palette: createPalette(false), columns: Infinity, nowMs: startedAtMs })).toBe(
    `shop/production  deployment 7  rolled back
release 4 (before: 3) by ann@laptop
2026-11-20 10:30:01, took 14 s
carried on by bob@desk from 2026-11-20 10:30:06

PHASE    BEGAN   TOOK
resolve  +0.0 s  0.3 s
apply    +0.3 s  14 s

TASK        NODE    IMAGE                STATES
cron.qrstu  none    cron:1               complete before
web.2       node-1  sha256:abababababab  starting +0.9 s → failed +2.0 s

0 of 1,204 requests failed, 3 sent again

warning: db stops before it starts

✗ web: exited with status 3 on node-1, 3 times
  → see its log
  nodes:
  │ node-3  is drained
  health check said:
  │ refused
  │ refused again
  last lines of its log:
  │ no database
`,
  )
})

test('one that runs says for how long', () => {
  const { endedAtMs: _ended, ...running } = { ...receipt, state: 'running' as const }
  const text = renderReceipt(running, { palette: createPalette(false), columns: Infinity, nowMs: startedAtMs + 65_000 })
  expect(text).toContain('running for 1 min 5 s')
})

test('on a terminal of 80 columns every task still says where it is and how it ended', () => {
  const names = ['preparing', 'starting', 'running', 'failed'] as const
  const states = names.map((state, at) => ({ state, atMs: startedAtMs + at * 65_000 }))
  const tasks = receipt.tasks.map((task) => ({ ...task, states }))
  const text = renderReceipt({ ...receipt, tasks }, { palette: createPalette(false), columns: 79, nowMs: startedAtMs })
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(79)
  expect(text).toMatch(/^web\.2 +node-1 +… → .*running \+2 min 10 s → failed \+3 min 15 s$/m)
})
