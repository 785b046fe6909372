import type { Action } from '@atoll/plan'
import { z } from 'zod'

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && 'kind' in value

/**
 * An action of a plan. It holds whole services, so it is described by `packages/plan/action.ts` and not again here. What
 * looks secret in it is masked, and contents of files are left out.
 */
export const action = z
  .custom<Action>(isObject)
  .meta({ type: 'object', description: 'an action of a plan, by its kind' })

export const fieldChange = z.object({
  field: z.string(),
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
})

export const warning = z.object({
  kind: z.enum([
    'volume-elsewhere',
    'volume-shared',
    'policy-unmet',
    'too-big',
    'no-node',
    'image-unavailable',
    'not-owned',
    'network-fixed',
    'subnet-full',
    'routes-unserved',
    'interrupts',
    'disk-full',
  ]),
  service: z.string(),
  message: z.string(),
  hint: z.string().exactOptional(),
  isBlocking: z.boolean(),
})

export const taskState = z.enum([
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
])

export const exclusion = z.object({
  node: z.string(),
  rule: z.enum(['state', 'constraint', 'memory', 'processors']),
  reason: z.string(),
})

export const routeDifference = z.object({
  service: z.string(),
  route: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  changes: z.array(fieldChange),
})

export const preview = z.object({
  release: z.number(),
  actions: z.array(action),
  routes: z.array(routeDifference),
  warnings: z.array(warning),
  builds: z.array(z.string()),
})

export const releaseDifference = z.object({
  service: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  changes: z.array(fieldChange),
})
