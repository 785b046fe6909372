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

/** Applies in order; stops at the first action the engine refuses. The lease is proven before each. */
export const applyActions = async (attempt: Attempt, actions: readonly Action[], release: number): Promise<Applied> => {
  const { call, lease, secrets } = attempt
  const { engine, clock } = call.context
  const written: string[] = []
  for (const action of actions) {
    const service = nameWritten(action)
    if (action.kind === 'create-secret' && secrets[action.file.engineName] === undefined) {
      return { written, failure: lackSecret(action.file.name) }
    }
    call.onEvent({ kind: 'action', atMs: clock.now(), action, state: 'started' })
    try {
      const doing = `${action.kind} of ${renderRef(call.ref)}`
      await persist(call, { doing, limitMs: limits.engineOutageMs }, async () => {
        await lease.hold()
        await engine.apply(
          action,
          { ref: call.ref, release, secrets, assertHeld: () => lease.assertHeld() },
          call.signal,
        )
      })
    } catch (error) {
      if (error instanceof EngineError && !isRetryable(error)) return { written, failure: refuse(action, error) }
      throw error
    }
    call.onEvent({ kind: 'action', atMs: clock.now(), action, state: 'done' })
    if (service !== undefined) written.push(service)
  }
  return { written }
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
