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

export const nodeDetail = z.object({
  node: heldNode,
  labels: z.record(z.string(), z.string()),
  platform: z.string(),
  services: z.array(z.object({ ...ofService, mode: z.enum(['replicated', 'global']), tasks: z.number() })),
  volumes: z.array(z.object({ ...ofService, volume: z.string() })),
  loss: whatIf,
})
