import { z } from 'zod'
import { appName, environmentName, environmentParams } from './names.ts'

export const rebalanceQuery = z.object({
  app: appName.meta({ description: 'of this app alone' }).exactOptional(),
  environment: environmentName.meta({ description: 'and of this environment' }).exactOptional(),
  stateful: z
    .enum(['true', 'false'])
    .meta({ description: 'also services that stop before they start in an update' })
    .exactOptional(),
})

const node = z.object({
  node: z.string(),
  zone: z.string().exactOptional(),
  before: z.number(),
  after: z.number(),
})

export const rebalanceAnswer = z.object({
  atMs: z.number(),
  services: z.array(
    z.object({
      ref: environmentParams,
      service: z.string(),
      engineName: z.string(),
      moves: z.array(
        z.object({
          kind: z.enum(['surge', 'leave']),
          fromId: z.string(),
          from: z.string(),
          to: z.string(),
        }),
      ),
      nodes: z.array(node),
    }),
  ),
  nodes: z.array(node),
  staying: z.array(z.object({ ref: environmentParams, service: z.string(), because: z.string() })),
})
