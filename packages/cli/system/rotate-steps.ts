import { randomBytes } from 'node:crypto'
import { appendAudit } from '@atoll/control/audit'
import { countSealed } from '@atoll/control/sealing'
import type { Context } from '@atoll/deploy'
import type { Document } from '@atoll/store'
import { addKey, renderKeyring } from '@atoll/store/sealed'
import { CommandError } from '../errors.ts'
import { deployKeys } from './exchange-secrets.ts'
import { createAgentsSecret, createSecret, removeSecrets } from './keys.ts'
import { keysPlace, secretsOf } from './keys-record.ts'
import type { Exchange, KeysRecord, Phase } from './keys-record.ts'
import { requireManagers } from './require-managers.ts'
import type { RotateOptions } from './rotate-keys.ts'

/** Does what a phase is for and writes the next one down, by compare-and-set. */
type Step = (context: Context, record: Document<Exchange>, options: RotateOptions) => Promise<void>

export const stepWords: Readonly<Record<Phase, string>> = {
  make: 'new keys as secrets of the engine',
  accept: 'controls take the new keys beside the old',
  use: 'agents and controls use the new keys',
  drop: 'the old keys are given to nobody any more',
  clear: 'the old secrets are taken away',
}

/** The record first: it says which of several secrets are meant. What was made of an earlier try is cleared away at the end. */
const make: Step = async (context, { value, revision }, { signal, author }) => {
  const [key] = addKey([], randomBytes)
  if (key === undefined) throw new Error('bug: a keyring without a key')
  const named = { sealsSecret: `atoll_keys_seals-${key.id}`, agentsSecret: `atoll_keys_agents-${key.id}` }
  const begun = { ...value, rotation: { ...value.rotation, ...named, sealsKey: key.id } }
  await note(context, { author, kind: 'intent', sealsKey: key.id }, signal)
  const written = await context.documents.put(...keysPlace, { expected: revision, value: begun }, signal)
  await createSecret(context, { engineName: named.sealsSecret, value: renderKeyring([key]) }, signal)
  await createAgentsSecret(context, { ...value, ...named }, signal)
  await advance(context, written, { phase: 'accept' }, signal)
}

const accept: Step = async (context, record, options) => {
  await roll(context, record, options)
  await advance(context, record, { phase: 'use' }, options.signal)
}

const use: Step = async (context, record, options) => {
  await roll(context, record, options)
  await awaitSealed(context, record, options)
  await requireManagers(context, options.signal)
  await advance(context, record, { phase: 'drop' }, options.signal)
}

/** A control that was away may have sealed with the old key until now. Then all are given it back. */
const drop: Step = async (context, record, options) => {
  await roll(context, record, options)
  const { sealsKey, sealsSecret, agentsSecret } = record.value.rotation
  const { others } = await countSealed(context, sealsKey, options.signal)
  if (others.length > 0) return advance(context, record, { phase: 'use' }, options.signal)
  const now = { sealsSecret, agentsSecret, sealsKey, rotatedAtMs: context.clock.now() }
  return advance(context, record, { phase: 'clear', now }, options.signal)
}

const clear: Step = async (context, { value, revision }, { signal, author }) => {
  const needed = new Set(secretsOf(value))
  await removeSecrets(context, (name) => needed.has(name), signal)
  await note(context, { author, kind: 'done', sealsKey: value.rotation.sealsKey }, signal)
  const { rotation: _, ...rest } = value
  await context.documents.put(...keysPlace, { expected: revision, value: rest }, signal)
}

export const steps: Readonly<Record<Phase, Step>> = { make, accept, use, drop, clear }

interface Noted {
  readonly author: string
  readonly kind: 'intent' | 'done'
  readonly sealsKey: string
}

/** It is the platform's own, and so belongs to its audit, though no control has done it. */
const note = async (
  { documents, clock }: Context,
  { author, kind, sealsKey }: Noted,
  signal: AbortSignal,
): Promise<void> => {
  const entry = { kind, by: author, action: 'rotateKeys', subject: 'atoll/system', address: 'an engine' }
  await appendAudit({ documents, clock, log: () => undefined }, { ...entry, after: { sealsKey } }, signal)
}

interface Advance {
  readonly phase: Phase
  /** What counts from now on. */
  readonly now?: Partial<KeysRecord>
}

const advance = async (
  { documents }: Context,
  { value, revision }: Document<Exchange>,
  { phase, now = {} }: Advance,
  signal: AbortSignal,
): Promise<void> => {
  const next = { ...value, ...now, rotation: { ...value.rotation, phase } }
  await documents.put(...keysPlace, { expected: revision, value: next }, signal)
}

const roll = async (context: Context, { value }: Document<Exchange>, options: RotateOptions): Promise<void> => {
  const { kind } = await deployKeys(context, { keys: value, author: options.author }, options)
  if (kind === 'converged') return
  throw new CommandError('keys-not-exchanged', `${stepWords[value.rotation.phase]}: that deployment ended ${kind}`, {
    hint: 'nothing is lost: mend what "atoll receipt --app atoll/system" names, then run "atoll keys rotate" again',
  })
}

const everyMs = 1_000
/** The leader's control looks every two seconds; an election fits in. */
const patienceMs = 120_000

/** The controls seal anew; here nobody could. Waits as long as they get on with it. */
const awaitSealed = async (context: Context, { value }: Document<Exchange>, options: RotateOptions): Promise<void> => {
  const { clock } = context
  let least = Number.POSITIVE_INFINITY
  let untilMs = clock.now() + patienceMs
  for (;;) {
    const { others } = await countSealed(context, value.rotation.sealsKey, options.signal)
    if (others.length === 0) return
    if (others.length < least) {
      least = others.length
      untilMs = clock.now() + patienceMs
      options.onStep(`${least} ${least === 1 ? 'document is' : 'documents are'} still sealed with the old key`)
    }
    if (clock.now() > untilMs) throw stillSealed(others)
    await clock.wait(everyMs, options.signal)
  }
}

const stillSealed = (others: readonly string[]): CommandError => {
  const some = others.slice(0, 5).join(', ')
  return new CommandError('still-sealed', `exchange the keys: not sealed anew: ${some}; the old key stays`, {
    hint: 'the log of the leading control says why ("atoll logs --app atoll/system control"); then run it again',
  })
}
