import { z } from 'zod'
import { failure } from './failure.ts'
import { environmentParams, identifier } from './names.ts'
import { outcome } from './records.ts'

/** One call of `startDeployment`, on its way or ended. */
export const operation = z.object({
  id: identifier,
  ref: environmentParams,
  kind: z.enum([
    'deploy',
    'promote-canary',
    'abort-canary',
    'rollback',
    'scale',
    'add-route',
    'remove-route',
    'restart',
    'repair',
    'rebalance',
    'adopt',
    'remove',
    'move-volume',
    'resume',
  ]),
  /** Who asked for it. */
  by: z.string(),
  /** The control that carries it. */
  node: z.string(),
  startedAtMs: z.number(),
  /** Absent while images are built and resolved. */
  deployment: z.number().exactOptional(),
  endedAtMs: z.number().exactOptional(),
  /** How the deployment ended. */
  outcome: outcome.exactOptional(),
  /** Why there is no outcome. */
  failure: failure.exactOptional(),
})

export const startedOperation = z.object({ operation: identifier, deployment: z.number().exactOptional() })
