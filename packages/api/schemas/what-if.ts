import { z } from 'zod'
import { appName, environmentName, environmentParams } from './names.ts'

const nodeNames = z
  .string()
  .max(4_000)
  .regex(/^[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*$/)

export const whatIfQuery = z.object({
  lose: nodeNames
    .meta({ description: 'names or ids of nodes that go together, with commas between', examples: ['node-2'] })
    .exactOptional(),
  zone: z
    .string()
    .max(200)
    .regex(/^[\p{L}\p{N}._/: -]+$/u)
    .meta({ description: 'all nodes with this value of the label `zone` go, too', examples: ['a'] })
    .exactOptional(),
  app: appName.meta({ description: 'tell only of services of this app' }).exactOptional(),
  environment: environmentName.meta({ description: 'and only of those in this environment' }).exactOptional(),
})

const serviceLoss = z.object({
  ref: environmentParams.exactOptional(),
  service: z.string(),
  mode: z.enum(['replicated', 'global']),
  wanted: z.number().exactOptional(),
  before: z.number(),
  after: z.number(),
  moved: z.number(),
  lost: z.number(),
  isInterrupted: z.boolean(),
  emptyVolumes: z.array(z.string()),
  because: z.array(z.string()),
  obstacles: z.array(
    z.object({
      node: z.string(),
      rule: z.enum(['state', 'volume', 'constraint', 'platform', 'memory', 'processors', 'port', 'per-node']),
      reason: z.string(),
    }),
  ),
})

export const whatIf = z.object({
  lost: z.array(z.string()),
  survives: z.boolean(),
  managers: z.object({ all: z.number(), left: z.number(), needed: z.number() }),
  totals: z.object({ services: z.number(), tasks: z.number(), moved: z.number(), lost: z.number() }),
  services: z.array(serviceLoss),
  nodes: z.array(
    z.object({
      node: z.string(),
      takesTasks: z.boolean(),
      tasks: z.number(),
      freeMemoryBytes: z.number(),
      freeNanoCpus: z.number(),
    }),
  ),
})

export const whatIfAnswer = z.object({
  atMs: z.number(),
  outcomes: z.array(whatIf),
  isAlone: z
    .literal(true)
    .meta({ description: 'other apps were left out of account, and `nodes` is empty' })
    .exactOptional(),
})
