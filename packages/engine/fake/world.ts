import type { Network, Service, StoredFile } from '@atoll/spec'
import type { ObservedNode, ObservedService, ObservedTask } from '@atoll/plan'
import type { EngineEvent, EnvironmentRef, LogLine } from '../engine.ts'
import type { EngineErrorCode } from '../errors.ts'
import type { Header } from 'tar-stream'
import type { Rollout } from './roll-out.ts'
import type { FakeStore } from './storage.ts'

/** Everything the fake engine knows. It is mutable and in one place, so that a test may look at it and change it. */
export interface World {
  nowMs: number
  /** Of ids and versions; both count up, so that every run of a test is the same. */
  sequence: number
  readonly nodes: FakeNode[]
  /** By engine name, as are networks, configs and secrets. */
  readonly services: Map<string, FakeService>
  readonly networks: Map<string, Owned & { readonly definition?: Network }>
  readonly configs: Map<string, Owned & { readonly file?: StoredFile }>
  readonly secrets: Map<string, Owned & { readonly value?: Uint8Array }>
  readonly places: Map<string, Owned & { nodeId: string; nodeName: string }>
  /** Copies of volumes that exist on nodes. */
  readonly volumes: FakeVolume[]
  /** What nodes keep, by id; see storeOf. */
  readonly stores: Map<string, FakeStore>
  /** How images behave, by reference without digest. One that is not here runs what its command says. */
  readonly images: Map<string, FakeImage>
  /** What containers can run beside what every image has: by path, what it prints in a task. */
  readonly programs: Map<string, (task: FakeTask) => string>
  /** What was written into containers, by task and path. */
  readonly files: Map<string, Map<string, FakeFile>>
  readonly logs: (LogLine & { readonly ref: EnvironmentRef })[]
  readonly listeners: Set<(event: EngineEvent, ref: EnvironmentRef | undefined) => void>
  /** Set: every call fails with this. */
  failure: EngineErrorCode | undefined
  /** False: no tag is resolved to a digest; every engine has the images that are not missing. */
  isRegistryAnswering: boolean
}

export interface Owned {
  readonly id: string
  readonly engineName: string
  /** Absent: somebody else's. */
  readonly owner?: EnvironmentRef
}

export type FakeNode = { -readonly [K in keyof ObservedNode]: ObservedNode[K] }

export interface FakeVolume {
  readonly engineName: string
  readonly nodeId: string
  readonly ref: EnvironmentRef
  sizeBytes: number
  /** Grows by one with every task that used it: an empty one has 0. */
  uses: number
}

export interface FakeFile {
  readonly header: Header
  readonly data: Uint8Array
}

export interface FakeImage {
  readonly pullMs?: number
  /** From start to running; with a health check: to healthy. */
  readonly startMs?: number
  readonly run: FakeRun
}

export type FakeRun =
  | { readonly kind: 'serves'; readonly lines?: readonly string[] }
  | {
      readonly kind: 'exits'
      readonly afterMs: number
      readonly exitCode: number
      readonly isOutOfMemory?: boolean
      readonly lines?: readonly string[]
    }
  | {
      readonly kind: 'unhealthy'
      readonly afterMs: number
      readonly output: string
      readonly lines?: readonly string[]
    }
  | { readonly kind: 'missing' }

export interface FakeService extends Owned {
  /** What runs. Differs from the definition once somebody changed it behind us. */
  spec: Service
  /** What Atoll asked for last; absent when its label is unreadable. */
  definition: Service | undefined
  /** What a rollback of the engine goes back to. */
  previous: { readonly spec: Service; readonly definition: Service | undefined; readonly release: number } | undefined
  release: number
  specVersion: number
  rollout: Rollout | undefined
  update: ObservedService['update'] | undefined
  tasks: FakeTask[]
  /** Places whose tasks have used up their restarts. */
  readonly givenUp: Set<string>
  readonly createdAtMs: number
  updatedAtMs: number
}

export interface FakeTask {
  readonly id: string
  /** What it stands for among the service's tasks: a slot's number, or a node's id. */
  readonly place: string
  readonly slot?: number
  nodeId: string | undefined
  /** The part of the service's specification it was made from. */
  readonly spec: string
  readonly service: Service
  desired: ObservedTask['desired']
  state: ObservedTask['state']
  message: string
  error: string | undefined
  exitCode: number | undefined
  isOutOfMemory: boolean
  containerId: string | undefined
  sinceMs: number
  readonly createdAtMs: number
  /** Not started before this moment: the delay of a restart. */
  readonly startAtMs: number
}

export const maxLogLines = 2_000

export const createWorld = (options: { readonly nodes: number; readonly startMs: number }): World => ({
  nowMs: options.startMs,
  sequence: 0,
  nodes: Array.from({ length: options.nodes }, (_, index) => createNode(index + 1)),
  services: new Map(),
  networks: new Map(),
  configs: new Map(),
  secrets: new Map(),
  places: new Map(),
  volumes: [],
  stores: new Map(),
  images: new Map(),
  programs: new Map(),
  files: new Map(),
  logs: [],
  listeners: new Set(),
  failure: undefined,
  isRegistryAnswering: true,
})

/** `node-1` and so on: 2 processors, 4 GiB, the first three managers, zones a, b, c in turn. */
const createNode = (number: number): FakeNode => ({
  id: `node${number}id`,
  name: `node-${number}`,
  isManager: number <= 3,
  isLeader: number === 1,
  state: 'ready',
  availability: 'active',
  labels: { zone: 'abc'[(number - 1) % 3] ?? 'a' },
  engineVersion: '20.10.24',
  engineLabels: {},
  os: 'linux',
  architecture: 'x86_64',
  address: `10.0.0.${number}`,
  nanoCpus: 2e9,
  memoryBytes: 4 * 1024 ** 3,
})

export const nextId = (world: World, kind: string): string => {
  world.sequence += 1
  return `${kind}${String(world.sequence).padStart(6, '0')}`
}

export const isOwner = (owner: EnvironmentRef | undefined, ref: EnvironmentRef): boolean =>
  owner !== undefined && owner.app === ref.app && owner.environment === ref.environment

export const emit = (world: World, kind: EngineEvent['kind'], subject: { id?: string; ref?: EnvironmentRef }): void => {
  const event = { kind, atMs: world.nowMs, ...(subject.id === undefined ? {} : { id: subject.id }) }
  for (const listener of world.listeners) listener(event, subject.ref)
}

export const findNode = (world: World, idOrName: string | undefined): FakeNode | undefined =>
  world.nodes.find((node) => node.id === idOrName || node.name === idOrName)
