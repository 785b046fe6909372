import { randomUUID } from 'node:crypto'
import { ServerError } from '../../errors.ts'
import { ask, order } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import type { Work } from '../apply.ts'
import { writeFile } from '../../files.ts'

/**
 * On the server; not below /run, from where programs often cannot be started. Who removes the mark in it has decided: the
 * timer, to go back, or we, to stay.
 */
const wayBackFolder = '/var/lib/atoll/way-back'

const timerSeconds = 45
/** Less than the timer by enough for the answer to come. */
const proofMs = 25_000

// What waits has no end of our connection in its hands: it must outlive that, and must not keep it open.
const program = `#!/bin/sh
# Written by Atoll: does what is in its arguments, unless somebody came in meanwhile and took the mark away.
exec < /dev/null > /dev/null 2>&1
trap '' HUP TERM
mark=$1 seconds=$2
shift 2
{ sleep "$seconds"; rm "$mark" && "$@"; } &
`

interface Risk {
  /** What might lock us out: `the firewall`. */
  readonly what: string
  /** Keeps what was before in a folder of this run. */
  readonly keep: (folder: string) => Promise<void>
  /** The program that puts it back. */
  readonly back: (folder: string) => readonly string[]
}

/**
 * Does what might lock us out while the server itself is about to undo it, and proves by a new login that it did not. Throws
 * ServerError `locked-out` when nobody got in: then it is undone, or will be within a minute.
 */
export async function provenWayIn(work: Work, risk: Risk, change: () => Promise<void>): Promise<void> {
  // A name of its own, so that a timer of an earlier run never finds the mark of this one.
  const folder = `${wayBackFolder}/${randomUUID()}`
  const trial: Trial = { what: risk.what, mark: `${folder}/mark`, back: risk.back(folder) }
  const script = { bytes: new TextEncoder().encode(program), owner: 'root', group: 'root', mode: '700' }
  await stayAsItIs(work)
  await writeFile(work, `${folder}/program`, script)
  await risk.keep(folder)
  await order(work, ['install', '--mode=600', '/dev/null', trial.mark])
  await order(work, ['setsid', '--wait', `${folder}/program`, trial.mark, String(timerSeconds), ...trial.back])
  try {
    await change()
    await proveWayIn(work, trial.mark)
  } catch (cause) {
    throw await goBack(work, trial, cause)
  }
  await stayAsItIs(work)
}

/** Whoever has just come in has proven what an earlier run did and did not come to prove: it is not undone any more. */
export const stayAsItIs = async (place: Place): Promise<void> => {
  await order(place, ['rm', '--recursive', '--force', '--', wayBackFolder])
}

interface Trial {
  readonly what: string
  readonly mark: string
  readonly back: readonly string[]
}

const proveWayIn = async ({ enter, signal }: Work, mark: string): Promise<void> => {
  await using server = await enter(AbortSignal.any([signal, AbortSignal.timeout(proofMs)]))
  await order({ server, signal }, ['rm', '--', mark], { timeoutMs: proofMs / 2 })
}

/** By the connection that is still open, where it is; by the timer otherwise. Gives what is to be thrown. */
const goBack = async (work: Work, trial: Trial, cause: unknown): Promise<unknown> => {
  if (work.signal.aborted) return cause
  const isBack = await putBack(work, trial)
  // A program that failed there has told us so: the way in is not what was wrong.
  if (isBack && cause instanceof ServerError && cause.code === 'command-failed') return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  const now = isBack ? 'what was before is back' : `the server puts back what was before, within ${timerSeconds} s`
  return new ServerError(`${work.server.name}: with ${trial.what} nobody gets in any more (${why}); ${now}`, {
    code: 'locked-out',
    retry: false,
    hint: 'does another firewall on the way, or sshd itself, let in what is declared?',
    cause,
  })
}

/** Not where the timer has taken the mark already, or where the server is not reached. */
const putBack = async (work: Work, { mark, back }: Trial): Promise<boolean> => {
  const options = { timeoutMs: 5_000 }
  const took = await ask(work, ['rm', '--', mark], options).catch(() => undefined)
  if (took?.status !== 0) return false
  return (await ask(work, back, options).catch(() => undefined))?.status === 0
}
