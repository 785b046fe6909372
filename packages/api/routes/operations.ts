import type { Route } from '../route.ts'
import { deploymentEvent } from '../schemas/events.ts'
import { environmentParams, identifier } from '../schemas/names.ts'
import { operation, startedOperation } from '../schemas/operation.ts'
import { deploymentRequest } from '../schemas/project.ts'

const base = '/v1/apps/:app/environments/:environment'
const operationParams = environmentParams.extend({ operation: identifier })

/** Changing an environment, and following that. */
export const operationRoutes = {
  startDeployment: {
    method: 'POST',
    path: `${base}/deployments`,
    summary:
      'Deploy, promote or abort a canary, roll back, scale, restart, repair, adopt, add or remove a route, move a volume, resume; removing all needs a maintainer',
    role: 'deployer',
    scope: 'app',
    params: environmentParams,
    headers: { 'idempotency-key': 'the same key and body within a day give the same operation' },
    body: deploymentRequest,
    reply: startedOperation,
    kind: 'json',
    status: 202,
  },
  getOperation: {
    method: 'GET',
    path: `${base}/operations/:operation`,
    summary: 'An operation: on its way, or how it ended',
    role: 'viewer',
    scope: 'app',
    params: operationParams,
    reply: operation,
    kind: 'json',
    status: 200,
  },
  followOperation: {
    method: 'GET',
    path: `${base}/operations/:operation/events`,
    summary:
      'What an operation tells, from its beginning; the stream ends with the operation, whose end `getOperation` has',
    role: 'viewer',
    scope: 'app',
    params: operationParams,
    headers: { 'last-event-id': 'goes on after this event' },
    reply: deploymentEvent,
    kind: 'events',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
