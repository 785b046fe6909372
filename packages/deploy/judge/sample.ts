import { createApp, createService } from '@atoll/plan/fixtures'
import type { Service } from '@atoll/spec'
import type { Observed, ObservedNode, ObservedService, ObservedTask } from '@atoll/plan'
import { beginHistory, extendHistory, recordWrite } from './history.ts'
import { judge } from './judge.ts'
import type { Verdict } from './judge.ts'

/** Observations and looks for the tests of this folder. */

const startMs = 1_000_000

export const node = (number: number, change: Partial<ObservedNode> = {}): ObservedNode => ({
  id: `n${number}`,
  name: `node-${number}`,
  isManager: true,
  isLeader: number === 1,
  state: 'ready',
  availability: 'active',
  labels: {},
  engineVersion: '20.10.24',
  engineLabels: {},
  os: 'linux',
  architecture: 'x86_64',
  address: `10.0.0.${number}`,
  nanoCpus: 2e9,
  memoryBytes: 2 ** 32,
  ...change,
})

export const task = (id: string, change: Partial<ObservedTask> = {}): ObservedTask => ({
  id,
  slot: 1,
  nodeId: 'n1',
  image: 'web:1',
  isCurrent: true,
  desired: 'running',
  state: 'running',
  message: 'started',
  sinceMs: startMs,
  createdAtMs: startMs,
  ...change,
})

export const dead = (id: string, change: Partial<ObservedTask> = {}): ObservedTask =>
  task(id, { desired: 'shutdown', state: 'failed', error: 'task: non-zero exit (1)', exitCode: 1, ...change })

export const web = createService('web')

export const observe = (
  definition: Service,
  tasks: readonly ObservedTask[],
  change: Partial<ObservedService> & { nodes?: readonly ObservedNode[] } = {},
): Observed => ({
  app: 'shop',
  environment: 'test',
  services: [
    {
      id: 's1',
      engineName: definition.engineName,
      isOwned: true,
      definition,
      release: 2,
      drift: [],
      tasks,
      specVersion: 1,
      createdAtMs: startMs,
      updatedAtMs: startMs,
      ...change,
    },
  ],
  networks: [],
  configs: [],
  secrets: [],
  volumes: [],
  nodes: change.nodes ?? [node(1), node(2), node(3)],
})

type Look = readonly [atMs: number, observed: Observed]

/** One verdict after a series of looks, each so many milliseconds after the start. */
export const judgeSeries = (looks: readonly [Look, ...Look[]], service = web): Verdict => {
  const blank = beginHistory({ ...looks[0][1], services: [] }, [], { nowMs: startMs, sinceMs: startMs })
  const begun = recordWrite(blank, { service: 'web', isRepeated: false, nowMs: startMs })
  const history = looks.reduce((so, [atMs, observed]) => extendHistory(so, observed, startMs + atMs), begun)
  const [atMs, observed] = looks.at(-1) ?? looks[0]
  const app = createApp([service])
  const question = { app, release: 2, settled: 1, observed, history, waiting: new Set<string>(), nowMs: startMs + atMs }
  const [verdict] = judge(question)
  if (verdict === undefined) throw new Error('no service was judged')
  return verdict
}

export const judgeOnce = (observed: Observed, service = web): Verdict => judgeSeries([[0, observed]], service)
