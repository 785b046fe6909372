import { z } from 'zod'
import { action, routeDifference, taskState, warning } from './plan.ts'
import { cause, endState, phase, receipt } from './records.ts'

const atMs = z.number()

/** What a deployment tells on its way. `end` comes once and last, unless it failed before it had begun. */
export const deploymentEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('phase'), atMs, phase: phase.shape.name }),
  z.object({ kind: z.literal('build'), atMs, service: z.string(), line: z.string() }),
  z.object({
    kind: z.literal('image'),
    atMs,
    service: z.string(),
    reference: z.string(),
    isResolved: z.boolean(),
  }),
  z.object({
    kind: z.literal('plan'),
    atMs,
    deployment: z.number(),
    release: z.number(),
    actions: z.array(action),
    // Controls before this build do not say it, and an upgrade is followed by the newer command line.
    routes: z.array(routeDifference).default([]),
    warnings: z.array(warning),
  }),
  z.object({ kind: z.literal('action'), atMs, action, state: z.enum(['started', 'done']) }),
  z.object({
    kind: z.literal('task'),
    atMs,
    service: z.string(),
    taskId: z.string(),
    slot: z.number().exactOptional(),
    node: z.string().exactOptional(),
    state: taskState,
    message: z.string(),
  }),
  z.object({
    kind: z.literal('service'),
    atMs,
    service: z.string(),
    wanted: z.number(),
    running: z.number(),
    isConverged: z.boolean(),
  }),
  z.object({ kind: z.literal('cause'), atMs, cause }),
  z.object({ kind: z.literal('rollback'), atMs, to: z.number().exactOptional() }),
  z.object({ kind: z.literal('wait'), atMs, message: z.string() }),
  z.object({ kind: z.literal('end'), atMs, state: endState, receipt }),
])
