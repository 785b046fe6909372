import { z } from 'zod'
import { canaryStatus } from './canary.ts'
import { environmentParams } from './names.ts'
import { exclusion, fieldChange, taskState } from './plan.ts'
import { deploymentState, release, running } from './records.ts'

export const listedEnvironment = z.object({
  ref: environmentParams,
  release: z.number().exactOptional(),
  running: running.exactOptional(),
  services: z.number(),
  good: z.number(),
  wanted: z.number(),
  tasks: z.number(),
})

const taskStatus = z.object({
  taskId: z.string(),
  slot: z.number().exactOptional(),
  node: z.string().exactOptional(),
  image: z.string(),
  state: taskState,
  message: z.string(),
  exitCode: z.number().exactOptional(),
  sinceMs: z.number(),
  isCurrent: z.boolean(),
})

const serviceStatus = z.object({
  service: z.string(),
  image: z.string(),
  mode: z.enum(['replicated', 'global', 'once', 'once-per-node']),
  wanted: z.number(),
  running: z.number(),
  state: z.enum(['good', 'done', 'stopped', 'idle', 'starting', 'waiting', 'failing', 'missing', 'unwanted']),
  why: z.array(z.string()),
  hint: z.string().exactOptional(),
  nodes: z.array(exclusion),
  release: z.number().exactOptional(),
  sinceMs: z.number().exactOptional(),
  drift: z.array(fieldChange),
  tasks: z.array(taskStatus),
})

export const volume = z.object({
  engineName: z.string(),
  nodeId: z.string(),
  nodeName: z.string(),
  sizeBytes: z.number().exactOptional(),
  isReachable: z.boolean(),
})

export const nodeState = z.enum(['ready', 'down', 'unknown', 'disconnected'])
export const availability = z.enum(['active', 'pause', 'drain'])

export const environmentStatus = z.object({
  ref: environmentParams,
  atMs: z.number(),
  release: release.exactOptional(),
  canary: canaryStatus.exactOptional(),
  running: running.exactOptional(),
  lastDeployment: z
    .object({ number: z.number(), state: deploymentState, endedAtMs: z.number().exactOptional() })
    .exactOptional(),
  services: z.array(serviceStatus),
  volumes: z.array(volume),
  survival: z.object({ survives: z.boolean(), because: z.array(z.string()) }).exactOptional(),
  troubledNodes: z.array(z.object({ name: z.string(), state: nodeState, availability })),
  disks: z.array(z.string()),
  managers: z.array(z.string()),
  backup: z
    .object({
      lastAtMs: z.number().exactOptional(),
      provenAtMs: z.number().exactOptional(),
      warnings: z.array(z.string()),
    })
    .exactOptional(),
  certificates: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'hosts of its routes that have none, and why' }),
  uneven: z.array(z.string()),
  names: z.array(
    z.object({
      service: z.string(),
      node: z.string(),
      network: z.string(),
      kind: z.enum(['missing', 'wrong', 'incomplete']),
      sinceMs: z.number(),
      message: z.string(),
      hint: z.string(),
    }),
  ),
  strangers: z.array(z.string()),
})

export const node = z.object({
  id: z.string(),
  name: z.string(),
  isManager: z.boolean(),
  isLeader: z.boolean(),
  state: nodeState,
  availability,
  labels: z.record(z.string(), z.string()),
  engineVersion: z.string(),
  engineLabels: z.record(z.string(), z.string()),
  os: z.string(),
  architecture: z.string(),
  address: z.string(),
  nanoCpus: z.number(),
  memoryBytes: z.number(),
  disk: z
    .object({
      sizeBytes: z.number(),
      freeBytes: z.number(),
      usedShare: z.number(),
      scarce: z.enum(['bytes', 'inodes']),
      fullAtMs: z.number().exactOptional(),
    })
    .exactOptional(),
})

export const diagnosis = z.object({
  engineVersion: z.string(),
  apiVersion: z.string(),
  findings: z.array(
    z.object({
      check: z.string(),
      state: z.enum(['good', 'warning', 'bad']),
      message: z.string(),
      hint: z.string().exactOptional(),
    }),
  ),
})

export const logLine = z.object({
  service: z.string(),
  taskId: z.string(),
  slot: z.number().exactOptional(),
  nodeId: z.string().exactOptional(),
  node: z.string().exactOptional(),
  stream: z.enum(['stdout', 'stderr']),
  atMs: z.number(),
  text: z.string(),
})

export const timelineEntry = z.object({
  atMs: z.number(),
  kind: z.enum(['deployment', 'task', 'node']),
  service: z.string().exactOptional(),
  node: z.string().exactOptional(),
  message: z.string(),
  hint: z.string().exactOptional(),
  details: z.array(z.string()),
  isBad: z.boolean(),
  times: z.number(),
})
