import { appendAudit } from '../audit/audit.ts'
import { requireRole } from '../auth/authenticate.ts'
import { placeBuilds } from '../build-name.ts'
import type { Control } from '../control.ts'
import { notFound } from '../errors.ts'
import { findDeployment, followOperation } from '../operations/follow-operation.ts'
import { collections, describeLoss, isLost } from '../operations/records.ts'
import type { DeploymentRequest, OperationRecord } from '../operations/records.ts'
import { readUpload } from '../read-upload.ts'
import type { ReadProject } from '../read-upload.ts'
import { refuseByPolicy } from '../refuse-by-policy.ts'
import { refuseTakenBy, refuseTakenRoute, refuseTakenRoutes } from '../routes/refuse-taken.ts'
import { requireKey } from '../serve/answer-once.ts'
import type { Handler, Handlers, Request } from './handler.ts'
import { refuseReserved } from './reserved.ts'

const startDeployment: Handler<'startDeployment'> = async (control, request) => {
  const { params, body, caller, address, signal, header } = request
  refuseReserved(params)
  if (body.kind === 'remove') requireRole(caller, { role: 'maintainer', app: params.app })
  if (body.kind === 'rollback' && body.release !== undefined) {
    await refuseTakenBy(control, { ref: params, release: body.release }, signal)
  }
  if (body.kind === 'add-route') await refuseTakenRoute(control, { ref: params, ...body }, signal)
  const key = requireKey(header('idempotency-key'))
  const project = body.kind === 'deploy' ? await readDeployable(control, { body, ref: params }, signal) : undefined
  const started = await control.operations.start(
    {
      ref: params,
      request: body,
      author: caller.name,
      ...(project === undefined ? {} : { project }),
      ...(key === undefined ? {} : { key }),
    },
    signal,
  )
  const subject = `${params.app}/${params.environment}`
  const after = { ...describeRequest(body), ...started }
  await appendAudit(control, { by: caller.description, action: 'startDeployment', subject, address, after }, signal)
  return started
}

interface Deployable {
  readonly body: Extract<DeploymentRequest, { kind: 'deploy' }>
  readonly ref: Request<'startDeployment'>['params']
}

const readDeployable = async (
  control: Control,
  { body: { project, images = {} }, ref }: Deployable,
  signal: AbortSignal,
): Promise<ReadProject> => {
  const located = readUpload(project, ref)
  await refuseByPolicy(control, located, signal)
  await refuseTakenRoutes(control, located, signal)
  return placeBuilds(control, { project: located, ref, images })
}

/** Who did what, without the files and without what guards a route: they hold values of secrets. */
const describeRequest = (request: DeploymentRequest): Readonly<Record<string, unknown>> => {
  if (request.kind === 'add-route') return { ...request, route: describeFields(request.route) }
  if (request.kind !== 'deploy') return request
  const { kind, project, images, git, acceptsWarnings, canary } = request
  return { kind, composeFiles: project.composeFiles, images, git, acceptsWarnings, canary }
}

/** Of a route, which requests it is for and who answers. */
const told: ReadonlySet<string> = new Set([
  'host',
  'path',
  'path_exact',
  'path_regex',
  'method',
  'protocol',
  'listen',
  'port',
  'weights',
])

/** What else is said only has its name told. */
const describeFields = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, told.has(key) ? value : '...']))

const getRecord = async (
  control: Control,
  { params, signal }: Request<'getOperation'> | Request<'followOperation'>,
): Promise<OperationRecord> => {
  const { app, environment, operation } = params
  const isHere = operation.startsWith(`${app}.${environment}.`)
  const found = isHere
    ? await control.documents.find<OperationRecord>(collections.operation, operation, signal)
    : undefined
  if (found === undefined) throw notFound(`${app}/${environment} has no operation ${operation}`)
  return found.value
}

/** When its control is gone, how it ended stands with the deployment. */
const getOperation: Handler<'getOperation'> = async (control, request) => {
  const record = await getRecord(control, request)
  const { digest: _, aliveUntilMs: __, ...told } = record
  const found = { id: request.params.operation, ...told }
  if (isLost(record, control.clock.now())) return { ...found, failure: describeLoss(record) }
  if (record.endedAtMs !== undefined) return found
  const deployment = await findDeployment(control, record, request.signal)
  if (deployment === undefined || deployment.state === 'running') return found
  const { number, release, state, receipt } = deployment
  const endedAtMs = receipt.endedAtMs ?? receipt.startedAtMs
  return { ...found, endedAtMs, outcome: { kind: state, deployment: number, release, receipt } }
}

const follow: Handler<'followOperation'> = async (control, request) => {
  await getRecord(control, request)
  const id = request.params.operation
  return followOperation(control, { id, lastId: request.header('last-event-id') }, request.signal)
}

export const operationHandlers: Handlers<'startDeployment' | 'getOperation' | 'followOperation'> = {
  startDeployment,
  getOperation,
  followOperation: follow,
}
