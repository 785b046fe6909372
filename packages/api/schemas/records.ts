import { z } from 'zod'
import { canaryPlan, canaryReceipt, serviceAnswers } from './canary.ts'
import { taskState, warning } from './plan.ts'

export const git = z.object({
  commit: z.string(),
  branch: z.string().exactOptional(),
  isDirty: z.boolean(),
  subject: z.string().exactOptional(),
})

/** A release without its app: definitions can hold what not everybody may read. */
export const release = z.object({
  number: z.number(),
  createdAtMs: z.number(),
  author: z.string(),
  git: git.exactOptional(),
  jobsOf: z.number().exactOptional(),
  canary: canaryPlan.exactOptional(),
  origin: z.object({
    kind: z.enum(['deploy', 'scale', 'restart', 'adopt', 'add-route', 'remove-route', 'canary']),
    from: z.number().exactOptional(),
    note: z.string().exactOptional(),
  }),
})

export const listedRelease = release.extend({ isCurrent: z.boolean() })

/** The deployment under way, without the token that proves whose it is. */
export const running = z.object({
  deployment: z.number(),
  owner: z.string(),
  process: z.string().exactOptional(),
  sinceMs: z.number(),
  leaseUntilMs: z.number(),
})

export const endState = z.enum(['converged', 'rolled-back', 'failed'])
export const deploymentState = z.enum(['running', 'converged', 'rolled-back', 'failed'])

const phaseName = z.enum([
  'build',
  'resolve',
  'plan',
  'apply',
  'start',
  'monitor',
  'rollback',
  'move-volume',
  'rebalance',
  'remove',
])

export const phase = z.object({ name: phaseName, startedAtMs: z.number(), endedAtMs: z.number().exactOptional() })

export const cause = z.object({
  kind: z.enum([
    'exit',
    'out-of-memory',
    'unhealthy',
    'pull',
    'no-node',
    'rejected',
    'disk-full',
    'addresses',
    'timeout',
    'lost',
    'engine',
    'refused',
    'secret',
    'abandoned',
  ]),
  service: z.string(),
  taskId: z.string().exactOptional(),
  node: z.string().exactOptional(),
  message: z.string(),
  hint: z.string().exactOptional(),
  exitCode: z.number().exactOptional(),
  health: z.array(z.string()),
  logs: z.array(z.string()),
  nodes: z.array(z.object({ node: z.string(), reason: z.string() })),
})

const taskRecord = z.object({
  service: z.string(),
  taskId: z.string(),
  slot: z.number().exactOptional(),
  nodeId: z.string().exactOptional(),
  node: z.string().exactOptional(),
  image: z.string(),
  states: z.array(z.object({ state: taskState, atMs: z.number() })),
})

const answers = {
  requests: z.number(),
  statuses: z.object({ '1xx': z.number(), '2xx': z.number(), '3xx': z.number(), '4xx': z.number(), '5xx': z.number() }),
  failed: z.number(),
  cut: z.number(),
  retries: z.number(),
  redispatches: z.number(),
  abandoned: z.number(),
  slowestMs: z.number(),
}

const probeCounts = { answered: z.number(), failed: z.number(), slowestMs: z.number(), gapMs: z.number() }

const visitors = z.object({
  all: z.object(answers),
  routes: z.array(z.object({ ...answers, route: z.string() })),
  services: z.array(z.object({ ...serviceAnswers, service: z.string() })).exactOptional(),
  uncounted: z.array(z.string()),
  probes: z
    .object({
      ...probeCounts,
      nodes: z.number(),
      everyMs: z.number(),
      routes: z.array(z.object({ ...probeCounts, route: z.string() })),
      unprobed: z.array(z.object({ route: z.string(), why: z.string() })),
    })
    .exactOptional(),
})

export const receipt = z.object({
  app: z.string(),
  environment: z.string(),
  deployment: z.number(),
  release: z.number(),
  previous: z.number().exactOptional(),
  state: deploymentState,
  author: z.string(),
  startedAtMs: z.number(),
  endedAtMs: z.number().exactOptional(),
  phases: z.array(phase),
  tasks: z.array(taskRecord),
  warnings: z.array(warning),
  causes: z.array(cause),
  resumedBy: z.array(z.object({ owner: z.string(), atMs: z.number() })),
  backup: z.string().exactOptional(),
  visitors: visitors.exactOptional(),
  canary: canaryReceipt.exactOptional(),
})

const task = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('release') }),
  z.object({
    kind: z.literal('move-volume'),
    volumes: z.array(z.string()),
    toNodeId: z.string(),
    toNode: z.string(),
  }),
  z.object({ kind: z.literal('remove'), volumes: z.boolean() }),
  z.object({
    kind: z.literal('repair'),
    services: z.array(z.string()),
    isWhole: z.boolean(),
    isAutomatic: z.boolean(),
    found: z.array(z.string()),
    isMove: z.literal(true).exactOptional(),
  }),
  z.object({
    kind: z.literal('rebalance'),
    services: z.array(z.string()),
    isAutomatic: z.boolean(),
    found: z.array(z.string()),
  }),
])

export const deployment = z.object({
  number: z.number(),
  task,
  release: z.number(),
  previous: z.number().exactOptional(),
  direction: z.enum(['forward', 'back']),
  hasChanged: z.boolean(),
  acceptsWarnings: z.boolean(),
  state: deploymentState,
  visitorsBegun: z.unknown().exactOptional(),
  receipt,
})

export const outcome = z.object({ kind: endState, deployment: z.number(), release: z.number(), receipt })
