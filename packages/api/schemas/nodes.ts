import { z } from 'zod'
import { environmentParams } from './names.ts'
import { availability, nodeState } from './status.ts'
import { whatIf } from './what-if.ts'

const drain = { sinceMs: z.number(), untilMs: z.number() }

export const heldNode = z.object({
  id: z.string(),
  name: z.string(),
  zone: z.string().exactOptional(),
  role: z.enum(['leader', 'manager', 'worker']),
  state: nodeState,
  availability,
  isWitness: z.boolean(),
  drain: z.object(drain).exactOptional(),
  engineVersion: z.string(),
  address: z.string(),
  nanoCpus: z.number(),
  memoryBytes: z.number(),
  heldNanoCpus: z.number(),
  heldMemoryBytes: z.number(),
  tasks: z.number(),
})

const ofService = { ref: environmentParams.exactOptional(), service: z.string() }

const labelKey = z
  .string()
  .regex(/^[A-Za-z0-9][\w./-]{0,199}$/)
  .meta({ examples: ['zone'] })
const labels = z.record(labelKey, z.string().max(1_000))

export const labelChange = z.object({
  labels: labels.refine((given) => Object.keys(given).length <= 100, 'are more than 100').default({}),
  removed: z.array(labelKey).max(100).default([]),
})
export const labelOutcome = z.object({
  node: z.string(),
  before: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
})

export const roleChange = z.object({ role: z.enum(['manager', 'worker']) })
export const roleOutcome = z.object({
  ...roleChange.shape,
  node: z.string(),
  isChanged: z.boolean(),
  managers: z.number(),
  warnings: z.array(z.string()),
  isSettled: z.boolean().meta({ description: 'false: it was asked for, and the managers are still at it; ask again' }),
})

export const witnessChange = z.object({
  isWitness: z.boolean().meta({ description: 'true: it votes and runs nothing; false: it takes tasks' }),
})
export const witnessOutcome = z.object({
  ...witnessChange.shape,
  node: z.string(),
  isChanged: z.boolean(),
  isManager: z.boolean(),
})

export const nodeDetail = z.object({
  node: heldNode,
  labels: z.record(z.string(), z.string()),
  platform: z.string(),
  services: z.array(z.object({ ...ofService, mode: z.enum(['replicated', 'global']), tasks: z.number() })),
  volumes: z.array(z.object({ ...ofService, volume: z.string() })),
  loss: whatIf,
})

export const drainProgress = z.object({
  ...drain,
  nodeId: z.string(),
  node: z.string(),
  stage: z.enum(['moving', 'emptying', 'drained']),
  tasks: z.number(),
  services: z.array(
    z.object({
      ...ofService,
      mode: z.enum(['replicated', 'global']),
      here: z.number(),
      elsewhere: z.number(),
      wanted: z.number().exactOptional(),
      way: z.enum(['moves', 'follows', 'stays', 'ends', 'away']),
      because: z.array(z.string()),
    }),
  ),
})

export const drainRequest = z.object({
  deadlineMs: z
    .int()
    .min(0)
    .max(604_800_000)
    .meta({
      description: 'from now; what cannot move is stopped then. Ten minutes, unless said, or what was said before',
    })
    .exactOptional(),
  isForced: z.boolean().meta({ description: 'what cannot move is stopped at once' }).default(false),
})
export const drainBegun = z.object({ ...drain, node: z.string(), isBegun: z.boolean() })
export const nodeResumed = z.object({ node: z.string(), isChanged: z.boolean() })

export const admission = z.object({
  workerToken: z.string().meta({ description: 'it is good until the token of the Swarm is rotated' }),
  managers: z.array(z.string()).meta({ description: 'address and port, of each manager' }),
})

export const removalQuery = z.object({
  force: z
    .enum(['true', 'false'])
    .meta({ description: 'it is away for good, or its volumes may be left behind' })
    .exactOptional(),
})
export const nodeRemoved = z.object({
  node: z.string(),
  wasManager: z.boolean(),
  volumes: z.array(z.object({ ...ofService, volume: z.string() })),
})
