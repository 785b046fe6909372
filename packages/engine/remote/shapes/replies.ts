import { z } from 'zod'
import type { Observed, ObservedNode, Occupancy } from '@atoll/plan'
import type {
  Diagnosis,
  EngineEvent,
  EnvironmentCount,
  LogLine,
  ResolvedImage,
  TaskDetail,
  TaskLogLine,
} from '../../engine.ts'
import { bytesShape, countShape, pairsShape } from './names.ts'

/**
 * What an agent answers. It is looked at as far as a wrong peer would show; keys of a newer agent are dropped, and deep trees
 * that the engine behind it made are taken as they are.
 */
const list = <T>() => z.custom<readonly T[]>((value) => Array.isArray(value), 'is no list')
const text = z.string().exactOptional()

export const observedShape: z.ZodType<Observed> = z.object({
  app: z.string(),
  environment: z.string(),
  services: list<Observed['services'][number]>(),
  networks: list<Observed['networks'][number]>(),
  configs: list<Observed['configs'][number]>(),
  secrets: list<Observed['secrets'][number]>(),
  volumes: list<Observed['volumes'][number]>(),
  nodes: list<ObservedNode>(),
})

export const countsShape: z.ZodType<readonly EnvironmentCount[]> = z.array(
  z.object({
    ref: z.object({ app: z.string(), environment: z.string() }),
    services: countShape,
    good: countShape,
    wanted: countShape,
    tasks: countShape,
  }),
)

export const occupancyShape: z.ZodType<Occupancy> = z.object({
  nodes: list<ObservedNode>(),
  services: list<Occupancy['services'][number]>(),
})

export const nodesShape: z.ZodType<readonly ObservedNode[]> = list<ObservedNode>()

export const resolvedImageShape: z.ZodType<ResolvedImage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('digest'), reference: z.string() }),
  z.object({ kind: z.literal('unresolved'), reference: z.string(), reason: z.string(), isPresent: z.boolean() }),
  z.object({ kind: z.literal('missing'), reference: z.string(), reason: z.string() }),
])

export const taskDetailShape: z.ZodType<TaskDetail> = z.object({
  exitCode: z.number().exactOptional(),
  isOutOfMemory: z.boolean(),
  health: z.array(z.object({ exitCode: z.number(), output: z.string(), atMs: z.number() })),
  error: text,
})

export const diagnosisShape: z.ZodType<Diagnosis> = z.object({
  engineVersion: z.string(),
  apiVersion: z.string(),
  findings: z.array(
    z.object({ check: z.string(), state: z.enum(['good', 'warning', 'bad']), message: z.string(), hint: text }),
  ),
})

export const eventShape: z.ZodType<EngineEvent> = z.object({
  kind: z.enum(['service', 'task', 'node', 'network', 'config', 'secret', 'volume', 'tick']),
  id: text,
  atMs: z.number(),
})

const taskLogLine = { stream: z.enum(['stdout', 'stderr']), atMs: z.number(), text: z.string() }
export const taskLogLineShape: z.ZodType<TaskLogLine> = z.object(taskLogLine)

export const logLineShape: z.ZodType<LogLine> = z.object({
  service: z.string(),
  taskId: z.string(),
  slot: z.number().exactOptional(),
  nodeId: text,
  ...taskLogLine,
})

export const storedConfigsShape = z.array(
  z.object({ id: z.string(), name: z.string(), labels: pairsShape, data: bytesShape, index: countShape }),
)

/** Who answers: the node the agent runs on, and what it is in the Swarm. */
export const selfShape = z.object({
  nodeId: z.string(),
  isManager: z.boolean(),
  isLeader: z.boolean(),
  engineVersion: z.string(),
})
export type Self = z.output<typeof selfShape>

/** Where the agents are: of each node the addresses of its agent in the platform's network. */
export const agentsShape = z.array(z.object({ nodeId: z.string(), addresses: z.array(z.string()) }))
export type AgentPlace = z.output<typeof agentsShape>[number]

/** What a policy refuses: the compose key, with the item of a list behind it in parentheses; why; what to do. */
export const refusalsShape = z.array(z.object({ path: z.string(), message: z.string(), hint: z.string() }))
export type Refusal = z.output<typeof refusalsShape>[number]
