import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { dead, node, observe, task } from '../judge/sample.ts'
import type { DeploymentRecord } from '../records.ts'
import { buildTimeline } from './timeline.ts'
import type { TimelineInput } from './timeline.ts'

const web = createService('web')

const deployment = (change: Partial<DeploymentRecord['receipt']> = {}): DeploymentRecord => ({
  number: 1,
  task: { kind: 'release' },
  release: 1,
  direction: 'forward',
  hasChanged: true,
  acceptsWarnings: false,
  state: change.state ?? 'converged',
  receipt: {
    app: 'shop',
    environment: 'test',
    deployment: 1,
    release: 1,
    state: 'converged',
    author: 'anna@laptop',
    startedAtMs: 1_000,
    endedAtMs: 13_000,
    phases: [],
    tasks: [],
    warnings: [],
    causes: [],
    resumedBy: [],
    ...change,
  },
})

const tell = (input: Partial<TimelineInput>): readonly string[] =>
  timeline(input).map(({ message, times }) => (times > 1 ? `${message}, ${times} times` : message))

const timeline = (input: Partial<TimelineInput>) =>
  buildTimeline({ deployments: [], observed: observe(web, []), details: new Map(), nowMs: 9_999_999, ...input })

describe('a timeline tells', () => {
  it('of deployments, who carried them on, and why they failed, with the proof', () => {
    const cause = { kind: 'exit', service: 'web', message: 'web exited with status 3 on node-2', hint: 'look' } as const
    const failed = deployment({
      state: 'rolled-back',
      previous: 4,
      resumedBy: [{ owner: 'control@node-3', atMs: 5_000 }],
      causes: [{ ...cause, health: ['status 1: no'], logs: ['boom'], nodes: [] }],
    })
    expect(tell({ deployments: [failed] })).toEqual([
      'deployment 1 of anna@laptop: release 1',
      'deployment 1 was carried on by control@node-3',
      'deployment 1 failed and went back to release 4: web exited with status 3 on node-2',
    ])
    expect(timeline({ deployments: [failed] }).at(-1)).toMatchObject({
      isBad: true,
      hint: 'look',
      details: ['status 1: no', 'boom'],
    })
    expect(tell({ deployments: [deployment()] }).at(-1)).toBe('deployment 1 converged after 12.0 s')
  })

  it('of requests that failed while something was deployed', () => {
    const statuses = { '1xx': 0, '2xx': 7, '3xx': 0, '4xx': 0, '5xx': 2 }
    const all = { requests: 9, statuses, failed: 2, cut: 0, retries: 0, redispatches: 0, abandoned: 0, slowestMs: 0 }
    const tellOf = (failed: number) =>
      tell({ deployments: [deployment({ visitors: { all: { ...all, failed }, routes: [], uncounted: [] } })] }).at(-1)
    expect(tellOf(2)).toBe('deployment 1 converged after 12.0 s while 2 of 9 requests failed')
    expect(tellOf(0)).toBe('deployment 1 converged after 12.0 s')
  })

  it('of deaths, a crash loop in one line with the time of the last', () => {
    const tasks = [3, 2, 1].map((number) =>
      dead(`t${number}`, { createdAtMs: number * 1_000, sinceMs: number * 1_000 }),
    )
    const told = timeline({ observed: observe(web, tasks) })
    expect(told).toMatchObject([{ message: 'web.1 exited with status 1 on node-1', times: 3, atMs: 3_000 }])
  })

  it('of tasks that ended well and should have gone on, and whether their health check was the reason', () => {
    const ended = task('t1', { state: 'complete', desired: 'shutdown', sinceMs: 20_000, createdAtMs: 14_000 })
    const next = task('t2', { createdAtMs: 20_500, sinceMs: 21_000 })
    const observed = observe(web, [next, ended])
    expect(tell({ observed })).toEqual(['web.1 ended with status 0 and was replaced on node-1'])
    const health = [{ exitCode: -1, output: 'Health check exceeded timeout (5s)', atMs: 1 }]
    const details = new Map([['t1', { isOutOfMemory: false, health }]])
    expect(timeline({ observed, details })).toMatchObject([
      {
        message: 'web.1 was stopped because its health check failed on node-1',
        details: ['health -1: Health check exceeded timeout (5s)'],
        isBad: true,
      },
    ])
    const replaced = deployment({ startedAtMs: 19_000, endedAtMs: 25_000 })
    expect(tell({ observed, deployments: [replaced] }).filter((line) => line.startsWith('web.1'))).toEqual([])
    expect(tell({ observed: observe(web, [ended]) })).toEqual([])
  })

  it('what only the container knows: out of memory, and the output of its health check', () => {
    const observed = observe(web, [dead('t1', { exitCode: 137 })])
    const health = [{ exitCode: 1, output: 'connection refused\n', atMs: 1 }]
    const details = new Map([['t1', { isOutOfMemory: true, health }]])
    expect(timeline({ observed, details })).toMatchObject([
      {
        message: 'web.1 was killed because it needed more memory than its limit on node-1',
        details: ['health 1: connection refused'],
      },
    ])
  })

  it('of a task that moved because its node was lost, and not of those a deployment made', () => {
    const lost = task('a', { nodeId: 'n2', desired: 'shutdown', createdAtMs: 2_000 })
    const next = task('b', { nodeId: 'n3', createdAtMs: 50_000 })
    const nodes = [node(1), node(2, { state: 'down' }), node(3)]
    const observed = observe(web, [next, lost], { nodes })
    expect(tell({ observed, deployments: [deployment()] })).toEqual([
      'deployment 1 of anna@laptop: release 1',
      'deployment 1 converged after 12.0 s',
      'web.1 went to node-3, for node-2 does not answer',
      'node-2 does not answer (down)',
    ])
    expect(tell({ observed, deployments: [deployment({ endedAtMs: 60_000 })] })).not.toContain(
      'web.1 went to node-3, for node-2 does not answer',
    )
  })

  it('nothing of what is not ours', () => {
    expect(tell({ observed: observe(web, [dead('t1')], { isOwned: false }) })).toEqual([])
  })
})
