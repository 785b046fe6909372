import type { Documents } from '@atoll/store'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'

export interface Holding {
  readonly control: Control
  /** `anna`, or `anna (token ci)`. */
  readonly who: string
  /** Throws ControlError when these documents no longer allow what goes on. */
  readonly check: (documents: Documents, signal: AbortSignal) => Promise<unknown>
}

/** Of something that lasts: `signal` comes when who began it may no longer do it. */
export interface HeldRights extends Disposable {
  readonly signal: AbortSignal
}

/**
 * What lasts ends within seconds when its session, token or role does, on whichever control that was taken away. The copy is
 * looked at, which costs the engine nothing; the engine is asked before anything is ended, as a copy may not know yet what was
 * given a moment ago.
 */
export const holdRights = (holding: Holding): HeldRights => {
  const lost = new AbortController()
  const done = new AbortController()
  void watchRights(holding, lost, done.signal)
  return { signal: lost.signal, [Symbol.dispose]: () => done.abort() }
}

const watchRights = async (holding: Holding, lost: AbortController, signal: AbortSignal): Promise<void> => {
  const { control, check } = holding
  for (;;) {
    await control.clock.wait(limits.rightsEveryMs, signal).catch(() => undefined)
    if (signal.aborted) return
    const isDoubted = await isRefused(() => check(lookFirst(control), signal))
    if (!isDoubted || signal.aborted) continue
    const ended = AbortSignal.any([signal, AbortSignal.timeout(limits.requestMs)])
    if (await isRefused(() => check(control.documents, ended))) return lost.abort(rightsEnded(holding))
  }
}

/** While the engine does not answer nothing can be taken away either. */
const isRefused = async (check: () => Promise<unknown>): Promise<boolean> => {
  try {
    await check()
    return false
  } catch (error) {
    return error instanceof ControlError
  }
}

/** What the copy has, as long as it is not old. */
const lookFirst = ({ documents, view }: Control): Documents => {
  const { copy } = view.sources
  return {
    ...documents,
    find: async <T>(collection: string, id: string, signal: AbortSignal) =>
      copy.ageMs(collection) < limits.rightsCopyMs
        ? copy.find<T>(collection, id)
        : documents.find<T>(collection, id, signal),
  }
}

const rightsEnded = ({ who }: Holding): ControlError =>
  new ControlError('rights-ended', `${who} may no longer do this: the session, the token or the role has ended`, {
    status: 403,
    hint: 'sign in again, or ask an owner for the role',
  })
