import { countSealed } from '@atoll/control/sealing'
import type { Context, RunOptions } from '@atoll/deploy'
import type { Document } from '@atoll/store'
import { CommandError } from '../errors.ts'
import { getPlatform } from './exchange-secrets.ts'
import { ensureKeys } from './keys.ts'
import { keysPlace } from './keys-record.ts'
import type { Exchange, KeysRecord, Phase, Rotation } from './keys-record.ts'
import { requireManagers } from './require-managers.ts'
import { steps, stepWords } from './rotate-steps.ts'

export interface RotateOptions extends RunOptions {
  readonly author: string
  /** A step begins, or goes on. */
  readonly onStep: (step: string) => void
}

export interface Rotated {
  /** Id of the key that seals from now on. */
  readonly sealsKey: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** Values that are sealed with it. */
  readonly sealed: number
}

/**
 * New keys for sealing and a new secret of agents in the place of the old, while everything goes on. Each step is written
 * down before it is done and may be done again: killed at any point, the next call goes on where this one was. CommandError
 * says what keeps it; ConflictError when somebody else does the same at once.
 */
export const rotateKeys = async (context: Context, options: RotateOptions): Promise<Rotated> => {
  const { signal } = options
  await getPlatform(context, signal)
  await ensureKeys(context, signal)
  await begin(context, signal)
  for (;;) {
    const record = await getExchange(context, signal)
    const { phase, sealsKey, startedAtMs } = record.value.rotation
    options.onStep(stepWords[phase])
    await steps[phase](context, record, options)
    if (phase !== 'clear') continue
    const { byKey } = await countSealed(context, sealsKey, signal)
    return { sealsKey, startedAtMs, endedAtMs: context.clock.now(), sealed: byKey[sealsKey] ?? 0 }
  }
}

/** Where none is under way, one begins. */
const begin = async (context: Context, signal: AbortSignal): Promise<void> => {
  const found = await context.documents.find<KeysRecord>(...keysPlace, signal)
  if (found === undefined || found.value.rotation !== undefined) return
  await requireManagers(context, signal)
  const phase: Phase = 'make'
  const rotation: Rotation = {
    phase,
    sealsSecret: '',
    agentsSecret: '',
    sealsKey: '',
    startedAtMs: context.clock.now(),
  }
  await context.documents.put(...keysPlace, { expected: found.revision, value: { ...found.value, rotation } }, signal)
}

const getExchange = async ({ documents }: Context, signal: AbortSignal): Promise<Document<Exchange>> => {
  const found = await documents.find<KeysRecord>(...keysPlace, signal)
  const { rotation, agentsSecret } = found?.value ?? {}
  if (found !== undefined && rotation !== undefined && agentsSecret !== undefined) {
    return { ...found, value: { ...found.value, agentsSecret, rotation } }
  }
  throw new CommandError('keys-changed', 'exchange the keys: somebody else has finished it meanwhile', {
    hint: '"atoll keys status" shows where it stands',
  })
}
