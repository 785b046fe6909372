import { z } from 'zod'
import { environmentParams } from './names.ts'
import { availability, nodeState } from './status.ts'
import { whatIf } from './what-if.ts'

export const heldNode = z.object({
  id: z.string(),
  name: z.string(),
  zone: z.string().exactOptional(),
  role: z.enum(['leader', 'manager', 'worker']),
  state: nodeState,
  availability,
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

export const nodeDetail = z.object({
  node: heldNode,
  labels: z.record(z.string(), z.string()),
  platform: z.string(),
  services: z.array(z.object({ ...ofService, mode: z.enum(['replicated', 'global']), tasks: z.number() })),
  volumes: z.array(z.object({ ...ofService, volume: z.string() })),
  loss: whatIf,
})
