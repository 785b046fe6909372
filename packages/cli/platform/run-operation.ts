import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '@atoll/api'
import type { Client, Input, Reply } from '@atoll/api'
import type { DeploymentEvent, Outcome, RunOptions } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import { LeftError } from '../cluster/errors.ts'
import { CommandError } from '../errors.ts'
import { findOutcome } from './find-outcome.ts'
import { newKey } from './once.ts'

export interface OperationRequest {
  readonly ref: EnvironmentRef
  readonly body: Input<'startDeployment'>['body']
}

/** An election of the Raft took up to 51 s in the lab. */
const outageMs = 120_000

/** Times that the control may die before it begins. */
const mostStarts = 5

/** Between two looks at a deployment whose stream ended before it did. */
const pauseMs = 500

/**
 * Starts a deployment in the cluster and follows it to its end, over the loss of any control. When the signal ends the call
 * the deployment goes on: LeftError.
 */
export const runOperation = async (
  client: Client,
  request: OperationRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const { ref } = request
  for (let starts = 1; ; starts += 1) {
    const started = await start(client, request, options.signal)
    const operation: Operation = { ref, id: started.operation, deployment: started.deployment, lastEventId: undefined }
    try {
      const outcome = await followToEnd(client, operation, options)
      if (!isNeverBegun(outcome) || starts >= mostStarts) return outcome
    } catch (error) {
      if (options.signal.aborted) throw leave(operation, error)
      if (!isLost(error) || starts >= mostStarts) throw explain(operation, error)
    }
    options.onEvent({ kind: 'wait', atMs: Date.now(), message: 'its control died before it began; asking another' })
  }
}

/** Who goes away before there is an answer does not know whether it was taken on; then it goes on. */
const start = async (
  client: Client,
  { ref, body }: OperationRequest,
  signal: AbortSignal,
): Promise<Reply<'startDeployment'>> => {
  signal.throwIfAborted()
  try {
    return await client.call('startDeployment', { params: ref, body, headers: newKey() }, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    const note = `"atoll status ${ref.app}/${ref.environment}" says whether it has begun`
    throw new LeftError({ ref, where: 'in the cluster, if a control had taken it on', note, cause: error })
  }
}

/**
 * It had taken the environment and nothing else, and was ended by who found it so, who may have had something older to take
 * back. What begins has a plan.
 */
const isNeverBegun = ({ receipt: { phases, causes } }: Outcome): boolean =>
  causes.length > 0 && causes.every(({ kind }) => kind === 'abandoned') && !phases.some(({ name }) => name === 'plan')

/** Nothing was begun, and nothing will be: it may be asked for again. */
const isLost = (error: unknown): boolean => error instanceof OperationFailure && error.failure.code === 'operation-lost'

interface Operation {
  readonly ref: EnvironmentRef
  readonly id: string
  deployment: number | undefined
  lastEventId: string | undefined
}

const followToEnd = async (client: Client, operation: Operation, options: RunOptions): Promise<Outcome> => {
  let reachedAtMs = performance.now()
  for (;;) {
    try {
      await followOnce(client, operation, options)
      const outcome = await look(client, operation, options.signal)
      if (outcome !== undefined) return outcome
      reachedAtMs = performance.now()
    } catch (error) {
      options.signal.throwIfAborted()
      if (!isPassing(error) || performance.now() - reachedAtMs > outageMs) throw error
      options.onEvent(lost())
    }
    await delay(pauseMs, undefined, { signal: options.signal })
  }
}

/** A control died, or the managers elect: the next one is asked from where this one ended. */
const isPassing = (error: unknown): boolean =>
  error instanceof ApiError ? error.retry || error.code === 'not-the-api' : !(error instanceof OperationFailure)

const lost = (): DeploymentEvent => ({
  kind: 'wait',
  atMs: Date.now(),
  message: 'the control that told of it is gone; asking the next',
})

const followOnce = async (client: Client, operation: Operation, { signal, onEvent }: RunOptions): Promise<void> => {
  const { ref, id, lastEventId } = operation
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  const events = client.follow('followOperation', { params: { ...ref, operation: id }, headers }, signal)
  for await (const { id: eventId, event } of events) {
    operation.lastEventId = eventId ?? operation.lastEventId
    if (event.kind === 'plan') operation.deployment = event.deployment
    onEvent(event)
  }
}

/** Undefined while it is on its way. An operation that nobody remembers is known by its deployment. */
const look = async (client: Client, operation: Operation, signal: AbortSignal): Promise<Outcome | undefined> => {
  const { ref, id } = operation
  try {
    const found = await client.call('getOperation', { params: { ...ref, operation: id } }, signal)
    operation.deployment = found.deployment ?? operation.deployment
    if (found.failure !== undefined) throw new OperationFailure(found.failure)
    return found.outcome
  } catch (error) {
    const isForgotten = error instanceof ApiError && error.status === 404
    if (!isForgotten || operation.deployment === undefined) throw error
    return findOutcome(client, { ref, number: operation.deployment }, signal)
  }
}

/** The operation itself failed before it was a deployment: no trying again changes that. */
class OperationFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.detail)
    this.failure = failure
  }
}

type Failure = ConstructorParameters<typeof ApiError>[0]

const explain = ({ ref, deployment }: Operation, error: unknown): unknown => {
  if (error instanceof OperationFailure) return new ApiError(error.failure)
  if (error instanceof ApiError || !(error instanceof Error)) return error
  const name = `${ref.app}/${ref.environment}`
  return new CommandError('lost-sight', `follow deployment ${deployment ?? ''} of ${name}: ${error.message}`, {
    hint: `it goes on in the cluster; follow it: atoll resume ${name}`,
    cause: error,
  })
}

const leave = ({ ref, deployment }: Operation, cause: unknown): LeftError =>
  new LeftError({ ref, ...(deployment === undefined ? {} : { deployment }), where: 'in the cluster', cause })
