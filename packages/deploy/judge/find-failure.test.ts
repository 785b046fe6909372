import { createApp, createService } from '@atoll/plan/fixtures'
import type { Observed } from '@atoll/plan'
import { describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { beginHistory, extendHistory } from './history.ts'
import { judge } from './judge.ts'
import { dead, judgeOnce, judgeSeries, node, observe, task, web } from './sample.ts'

describe('failed', () => {
  const failure = (observed: Observed, service = web) => {
    const verdict = judgeOnce(observed, service)
    return verdict.kind === 'failed' ? verdict.failure : undefined
  }

  it('after three deaths in one slot, not after one in each of many', () => {
    expect(failure(observe(web, [dead('a'), dead('b')]))).toBeUndefined()
    expect(failure(observe(web, [dead('a'), dead('b'), dead('c')]))).toMatchObject({
      kind: 'exit',
      exitCode: 1,
      deaths: 3,
    })
    const many = createService('web', { mode: { kind: 'replicated', replicas: 5 } })
    const spread = [1, 2, 3, 4, 5].map((slot) => dead(`t${slot}`, { slot }))
    expect(failure(observe(many, spread), many)).toBeUndefined()
  })

  it('counts deaths the engine has forgotten, and none of a definition before', () => {
    const look = (id: string, atMs: number) => [atMs, observe(web, [dead(id)])] as const
    expect(judgeSeries([look('a', 0), look('b', 1_000), look('c', 2_000)]).kind).toBe('failed')
    const old = ['a', 'b', 'c'].map((id) => dead(id, { isCurrent: false }))
    expect(failure(observe(web, old))).toBeUndefined()
  })

  it('at once where the engine starts no other', () => {
    const never = createService('web', { restart: { condition: 'none' } })
    expect(failure(observe(never, [dead('a')]), never)).toMatchObject({ kind: 'exit' })
    const twice = createService('web', { restart: { condition: 'any', maxAttempts: 1 } })
    expect(failure(observe(twice, [dead('a'), dead('b')]), twice)).toMatchObject({ kind: 'exit', deaths: 2 })
  })

  it.each([
    ['pull', { state: 'rejected', error: 'No such image: web:9' }],
    ['pull', { state: 'rejected', error: 'pull access denied for web, repository does not exist' }],
    ['unhealthy', { error: 'task: non-zero exit (137): dockerexec: unhealthy container', exitCode: 137 }],
    ['disk-full', { state: 'rejected', error: 'mkdir /var/lib/docker/overlay2/x-init: no space left on device' }],
    [
      'rejected',
      { state: 'rejected', error: 'invalid mount config for type "bind": bind source path does not exist: /x' },
    ],
    ['rejected', { state: 'rejected', error: 'something new' }],
  ] as const)('says %s from the words of the engine', (kind, change) => {
    expect(failure(observe(web, [dead('a', change), dead('b', change)]))?.kind).toBe(kind)
  })

  it.each([
    ['cannot create a swarm scoped network when swarm is not active', 'has not found its way into the Swarm'],
    ['error while removing network: unknown network shop_test_default id nf3x', 'was still giving up'],
  ])('of what passes when a node comes back after a minute only: %s', (error, what) => {
    const refused = (id: string) => observe(web, [dead(id, { state: 'rejected', error })])
    const first = [
      [0, refused('a')],
      [5_000, refused('b')],
      [10_000, refused('c')],
    ] as const
    expect(judgeSeries(first).kind).toBe('progressing')
    expect(judgeSeries([...first, [limits.passingMs, refused('d')]])).toMatchObject({
      failure: { kind: 'rejected', what: expect.stringContaining(what) as string },
    })
  })

  it('at once of a full disk, with its path', () => {
    const error = 'mkdir /var/lib/docker/overlay2/x-init: no space left on device'
    expect(failure(observe(web, [dead('a', { state: 'rejected', error })]))).toMatchObject({
      kind: 'disk-full',
      nodeId: 'n1',
      what: expect.stringContaining('/var/lib/docker/overlay2'),
    })
  })

  it('when its tasks get no address, in the words of nobody else', () => {
    const fresh = () => observe(web, [task('a', { state: 'new', message: 'created' })])
    const after = (observed: Observed) =>
      judgeSeries([
        [0, fresh()],
        [limits.addressMs, observed],
      ])
    expect(after(fresh())).toMatchObject({
      failure: {
        kind: 'addresses',
        what: 'got no address in its networks, for 60 s',
        hint: expect.stringContaining('subnet'),
      },
    })
    expect(after(observe(web, [task('a', { state: 'starting' })])).kind).toBe('progressing')
  })

  it('when a node that answers does not begin with its task', () => {
    const lying = (state: 'assigned' | 'accepted', nodeId = 'n1') => observe(web, [task('a', { state, nodeId })])
    const after = (observed: Observed) =>
      judgeSeries([
        [0, lying('assigned')],
        [limits.acceptMs, observed],
      ])
    expect(after(lying('accepted'))).toMatchObject({ failure: { kind: 'timeout', nodeId: 'n1' } })
    expect(after(observe(web, [task('b', { state: 'accepted' })])).kind).toBe('progressing')
    const gone = observe(web, [task('a', { state: 'assigned' })], { nodes: [node(1, { state: 'unknown' })] })
    expect(after(gone).kind).toBe('progressing')
  })

  it('says that a service which ended well should have run on', () => {
    const ended = { state: 'complete', error: '', exitCode: 0 } as const
    const found = failure(observe(web, [dead('a', ended), dead('b', ended), dead('c', ended)]))
    expect(found).toMatchObject({ kind: 'exit', exitCode: 0, hint: expect.stringContaining('run: once') })
  })

  it('when no node is found for longer than one may need to come back', () => {
    const { nodeId: _, ...unplaced } = task('a', {
      state: 'pending',
      error: 'no suitable node (insufficient resources)',
    })
    const observed = observe(web, [unplaced])
    expect(
      judgeSeries([
        [0, observed],
        [limits.noNodeGraceMs - 1, observed],
      ]),
    ).toMatchObject({
      kind: 'progressing',
      why: 'no suitable node (insufficient resources)',
    })
    expect(
      judgeSeries([
        [0, observed],
        [limits.noNodeGraceMs, observed],
      ]),
    ).toMatchObject({ failure: { kind: 'no-node' } })
    const placed = observe(web, [task('a', { state: 'preparing' })])
    expect(
      judgeSeries([
        [0, observed],
        [20_000, placed],
        [25_000, observed],
        [50_000, observed],
      ]).kind,
    ).toBe('progressing')
  })

  it('when nothing gets further, but not while an image is pulled', () => {
    const stuck = observe(web, [task('a', { state: 'starting' })])
    expect(
      judgeSeries([
        [0, stuck],
        [limits.progressMs, stuck],
      ]),
    ).toMatchObject({ failure: { kind: 'timeout' } })
    const pulling = observe(web, [task('a', { state: 'preparing' })])
    expect(
      judgeSeries([
        [0, pulling],
        [limits.progressMs, pulling],
      ]).kind,
    ).toBe('progressing')
    expect(
      judgeSeries([
        [0, pulling],
        [limits.pullMs, pulling],
      ]).kind,
    ).toBe('failed')
    const slow = createService('web', { healthcheck: { test: ['CMD', 'true'], startPeriodMs: 600_000 } })
    const warming = observe(slow, [task('a', { state: 'starting' })])
    expect(
      judgeSeries(
        [
          [0, warming],
          [limits.progressMs + 1, warming],
        ],
        slow,
      ).kind,
    ).toBe('progressing')
  })

  it('when the node of what runs once is lost with it, and not when it had ended or goes on', () => {
    const once = createService('web', { restart: { condition: 'none' } })
    const lost = task('a', { desired: 'shutdown' })
    expect(failure(observe(once, [lost]), once)).toMatchObject({ kind: 'lost', nodeId: 'n1' })
    expect(failure(observe(web, [lost]))).toBeUndefined()
    expect(failure(observe(once, [lost, task('b', { createdAtMs: 2_000_000 })]), once)).toBeUndefined()
    expect(failure(observe(once, [{ ...lost, state: 'complete' }]), once)).toBeUndefined()
    expect(failure(observe(once, [{ ...lost, isCurrent: false }]), once)).toBeUndefined()
    const earlier = task('b', { state: 'complete', desired: 'shutdown' })
    const later = { ...lost, createdAtMs: 2_000_000 }
    expect(failure(observe(once, [later, earlier]), once)).toMatchObject({ kind: 'lost', taskId: 'a' })
    expect(failure(observe(once, [later, { ...earlier, createdAtMs: 3_000_000 }]), once)).toBeUndefined()
    const next = task('c', { state: 'pending', desired: 'ready', createdAtMs: 3_000_000 })
    expect(failure(observe(once, [next, earlier]), once)).toBeUndefined()
    const pair = createService('web', { restart: { condition: 'none' }, mode: { kind: 'replicated', replicas: 2 } })
    expect(failure(observe(pair, [task('a'), task('b', { slot: 3, desired: 'shutdown' })]), pair)).toBeUndefined()
  })

  it('when old tasks do not stop long after the new ones are up', () => {
    const observed = observe(web, [task('a'), task('b', { isCurrent: false, desired: 'shutdown' })])
    const after = (ms: number) =>
      judgeSeries([
        [0, observed],
        [ms, observed],
      ])
    expect(after(limits.progressMs - 1).kind).toBe('progressing')
    expect(after(limits.progressMs + 10_000)).toMatchObject({ failure: { kind: 'engine' } })
  })

  it('when the engine went back by itself', () => {
    const update = { state: 'rollback_completed', message: 'rollback completed' } as const
    expect(failure(observe(web, [task('a')], { update }))).toMatchObject({ kind: 'engine' })
  })

  it('never while its turn has not come: its old tasks say nothing of the new release', () => {
    const observed = observe(web, [dead('a'), dead('b'), dead('c')])
    const history = extendHistory(
      beginHistory({ ...observed, services: [] }, [], { nowMs: 0, sinceMs: 0 }),
      observed,
      0,
    )
    const app = createApp([web])
    const base = { app, release: 2, settled: 1, observed, history, nowMs: 0 }
    expect(judge({ ...base, waiting: new Set(['web']) })[0]?.kind).toBe('progressing')
    expect(judge({ ...base, waiting: new Set() })[0]?.kind).toBe('failed')
  })
})
