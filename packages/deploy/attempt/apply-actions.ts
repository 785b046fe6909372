import type { Action } from '@atoll/plan'
import { EngineError } from '@atoll/engine'
import { isRetryable, renderRef } from '../errors.ts'
import type { Failure } from '../judge/failure.ts'
import { persist } from '../ledger/persist.ts'
import { limits } from '../limits.ts'
import type { Attempt } from './attempt.ts'
import { nameWritten } from './name-written.ts'

interface Applied {
  /** Compose names of services written. */
  readonly written: readonly string[]
  /** The engine will not take one of the actions, however often it is asked. */
  readonly failure?: Failure
}

/**
 * Applies in order, new services that follow each other some at once; stops at the first action the engine refuses. The lease
 * is proven before each.
 */
export const applyActions = async (attempt: Attempt, actions: readonly Action[], release: number): Promise<Applied> => {
  const written: string[] = []
  for (const some of groupActions(actions)) {
    const results = await settleAll(some.map((action) => applyAction(attempt, action, release)))
    written.push(...some.flatMap((action, index) => (results[index] === undefined ? (nameWritten(action) ?? []) : [])))
    const failure = results.find((result) => result !== undefined)
    if (failure !== undefined) return { written, failure }
  }
  return { written }
}

/** What a service has to wait for stands between the two as an action of its own, so neighbours need nothing of each other. */
const groupActions = (actions: readonly Action[]): readonly (readonly Action[])[] => {
  const groups: Action[][] = []
  for (const action of actions) {
    const last = groups.at(-1)
    const isOpen = last !== undefined && last.length < limits.createsAtOnce && last[0]?.kind === 'create-service'
    if (isOpen && action.kind === 'create-service') last.push(action)
    else groups.push([action])
  }
  return groups
}

/** Nothing may still be on its way to the engine when this throws. */
const settleAll = async <T>(work: readonly Promise<T>[]): Promise<readonly T[]> => {
  await Promise.allSettled(work)
  return Promise.all(work)
}

/** Gives why the engine will not take it, however often it is asked. */
const applyAction = async (attempt: Attempt, action: Action, release: number): Promise<Failure | undefined> => {
  const { call, lease, secrets } = attempt
  const { engine, clock } = call.context
  if (action.kind === 'create-secret' && secrets[action.file.engineName] === undefined)
    return lackSecret(action.file.name)
  call.onEvent({ kind: 'action', atMs: clock.now(), action, state: 'started' })
  try {
    const doing = `${action.kind} of ${renderRef(call.ref)}`
    await persist(call, { doing, limitMs: limits.engineOutageMs }, async () => {
      await lease.hold()
      const assertHeld = (): void => lease.assertHeld()
      await engine.apply(action, { ref: call.ref, release, secrets, assertHeld }, call.signal)
    })
  } catch (error) {
    if (error instanceof EngineError && !isRetryable(error)) return refuse(action, error)
    throw error
  }
  call.onEvent({ kind: 'action', atMs: clock.now(), action, state: 'done' })
  return undefined
}

const refuse = (action: Action, error: EngineError): Failure => ({
  kind: 'engine',
  service: nameWritten(action) ?? '',
  what: `was refused by the engine: ${action.kind}: ${error.message}`,
  deaths: 0,
})

/** Values travel beside the release and are kept by the engine alone; who resumes without them cannot create one. */
const lackSecret = (name: string): Failure => ({
  kind: 'secret',
  service: '',
  what: `secret ${name} is not in the engine yet and its value is not at hand`,
  hint: 'deploy again from the files that hold it',
  deaths: 0,
})
