import { describe, expect, test } from 'vitest'
import type { DeploymentEvent } from '@atoll/deploy'
import { renderFrame } from './deployment-frame.ts'
import { renderEvent } from './deployment-lines.ts'
import { applyEvent, emptyView } from './deployment-view.ts'
import { createPalette } from './palette.ts'

const palette = createPalette(false)
const atMs = new Date(2026, 10, 20, 10, 30, 0).getTime()
const remove = { kind: 'remove-network', id: 'n', engineName: 'shop_old' } as const
const await_ = { kind: 'await-service', service: 'db', engineName: 'shop_db', condition: 'healthy' } as const
const task = { kind: 'task', atMs, service: 'web', taskId: 't1', slot: 1, node: 'node-2', message: '' } as const

const events: readonly DeploymentEvent[] = [
  { kind: 'phase', atMs, phase: 'apply' },
  { kind: 'plan', atMs, deployment: 7, release: 4, actions: [remove, await_], routes: [], warnings: [] },
  { kind: 'action', atMs, action: remove, state: 'started' },
  { kind: 'action', atMs, action: remove, state: 'done' },
  { kind: 'action', atMs, action: await_, state: 'started' },
  { kind: 'service', atMs, service: 'db', wanted: 1, running: 1, isConverged: true },
  { kind: 'service', atMs, service: 'web', wanted: 3, running: 0, isConverged: false },
  { ...task, state: 'preparing' },
  { ...task, state: 'starting' },
  { ...task, taskId: 't0', state: 'shutdown' },
]

describe('live lines', () => {
  test('say where it is, what it does, and each service with its tasks, unfinished ones first', () => {
    const view = events.reduce(applyEvent, emptyView(atMs))
    expect(renderFrame(view, { palette, nowMs: atMs + 2_000 }).map((line) => line.slice(2))).toEqual([
      'applying 1/1 steps 2.0 s',
      'wait until db is healthy',
      '● web  0/3  web.1 node-2 starting 2.0 s',
      '✓ db   1/1',
    ])
  })

  test('what it waits for is said until something happens', () => {
    const waiting = applyEvent(emptyView(atMs), { kind: 'wait', atMs, message: 'an election' })
    expect(renderFrame(waiting, { palette, nowMs: atMs })[1]).toBe('  an election')
    const moved = applyEvent(waiting, { kind: 'phase', atMs, phase: 'plan' })
    expect(renderFrame(moved, { palette, nowMs: atMs })).toHaveLength(1)
  })

  test('a service that crashes for hours does not fill the memory', () => {
    let view = emptyView(atMs)
    for (let at = 0; at < 1_000; at++) view = applyEvent(view, { ...task, taskId: `t${at}`, state: 'failed' })
    expect(Object.keys(view.services['web']?.tasks ?? {})).toHaveLength(200)
    expect(view.services['web']?.tasks['t999']).toBeDefined()
  })
})

describe('plain lines', () => {
  test('one for each thing a person would want in a log', () => {
    expect(events.flatMap((event) => renderEvent(event, palette))).toEqual([
      '10:30:00  deployment 7 to release 4:',
      '  - network shop_old',
      '  . wait until db is healthy',
      '',
      '1 to remove',
      '10:30:00  remove network shop_old',
      '10:30:00  wait until db is healthy',
      '10:30:00  ✓ db 1/1',
      '10:30:00  web.1 on node-2 preparing',
      '10:30:00  web.1 on node-2 starting',
      '10:30:00  web.1 on node-2 shutdown',
    ])
  })

  test('why a task failed', () => {
    expect(renderEvent({ ...task, state: 'failed', message: 'exit (3)' }, palette)).toEqual([
      '10:30:00  web.1 on node-2 failed: exit (3)',
    ])
  })
})
