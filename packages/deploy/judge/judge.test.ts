import { createService } from '@atoll/plan/fixtures'
import type { ObservedTask } from '@atoll/plan'
import { describe, expect, it } from 'vitest'
import type { Verdict } from './judge.ts'
import { dead, judgeOnce, judgeSeries, node, observe, task, web } from './sample.ts'

describe('converged', () => {
  it('only after the monitor time, by our own clock', () => {
    const observed = observe(web, [task('a', { sinceMs: 0 })])
    expect(judgeOnce(observed)).toMatchObject({ kind: 'progressing', why: 'watched for 1 s more' })
    expect(
      judgeSeries([
        [0, observed],
        [999, observed],
      ]).kind,
    ).toBe('progressing')
    expect(
      judgeSeries([
        [0, observed],
        [1_000, observed],
      ]).kind,
    ).toBe('converged')
  })

  const settled = (
    tasks: readonly ObservedTask[],
    change: Parameters<typeof observe>[2] = {},
    service = web,
  ): Verdict => {
    const observed = observe(service, tasks, change)
    return judgeSeries(
      [
        [0, observed],
        [10_000, observed],
      ],
      service,
    )
  }

  it.each<[string, readonly ObservedTask[], Parameters<typeof observe>[2]]>([
    ['an old task still runs', [task('a'), task('b', { isCurrent: false })], {}],
    ['an old task still stops', [task('a'), task('b', { isCurrent: false, desired: 'shutdown' })], {}],
    ['more run than wanted', [task('a'), task('b', { slot: 2 })], {}],
    ['the task is only starting', [task('a', { state: 'starting' })], {}],
    ['the task is about to be stopped', [task('a', { desired: 'shutdown' })], {}],
    ['the engine still watches', [task('a')], { update: { state: 'updating', message: '' } }],
    ['the engine stopped the update', [task('a')], { update: { state: 'paused', message: 'why' } }],
    ['nothing runs', [], {}],
  ])('not while %s', (_what, tasks, change) => {
    expect(settled(tasks, change).kind).toBe('progressing')
  })

  it('once what runs once has run, also where it had run with the same definition before', () => {
    const once = createService('web', { restart: { condition: 'none' } })
    const ran = (id: string, createdAtMs: number) =>
      task(id, { state: 'complete', desired: 'shutdown', exitCode: 0, createdAtMs })
    expect(settled([ran('b', 2), ran('a', 1)], {}, once)).toMatchObject({ kind: 'converged', running: 1 })
    const again = task('b', { state: 'starting', createdAtMs: 2 })
    expect(settled([again, ran('a', 1)], {}, once)).toMatchObject({ kind: 'progressing', running: 0 })
  })

  it('in spite of an old task that its node never began with: there is nothing to stop', () => {
    const lying = task('b', { isCurrent: false, desired: 'shutdown', state: 'accepted' })
    expect(settled([task('a'), lying]).kind).toBe('converged')
  })

  it('in spite of an old task on a node that is gone, which cannot say that it stopped', () => {
    const nodes = [node(1), node(2, { state: 'down' })]
    expect(
      settled([task('a'), task('b', { isCurrent: false, nodeId: 'n2', desired: 'shutdown' })], { nodes }).kind,
    ).toBe('converged')
  })

  it('not by a task on a node that no longer answers: the engine only knows what was', () => {
    const nodes = [node(1, { state: 'unknown' }), node(2)]
    expect(settled([task('a')], { nodes }).kind).toBe('progressing')
    expect(settled([task('a', { nodeId: 'n2' })], { nodes }).kind).toBe('converged')
  })

  it('one task per node that can take one', () => {
    const agent = createService('web', { mode: { kind: 'global' } })
    const nodes = [node(1), node(2, { availability: 'drain' }), node(3)]
    const tasks = [task('a'), task('b', { nodeId: 'n3' })]
    expect(settled(tasks, { nodes }, agent)).toMatchObject({ kind: 'converged', wanted: 2, running: 2 })
  })

  it('a job once it has completed, a service that is not restarted once it ended well, and what is scaled to zero', () => {
    const job = createService('web', { mode: { kind: 'once', completions: 1, concurrency: 1 } })
    const done = task('a', { state: 'complete', desired: 'complete' })
    expect(settled([done], {}, job).kind).toBe('converged')
    expect(settled([task('a')], {}, job).kind).toBe('progressing')
    const once = createService('web', { restart: { condition: 'on-failure' } })
    expect(settled([task('a', { state: 'complete', desired: 'shutdown' })], {}, once).kind).toBe('converged')
    const none = createService('web', { mode: { kind: 'replicated', replicas: 0 } })
    expect(settled([dead('a'), dead('b'), dead('c')], {}, none).kind).toBe('converged')
  })
})
