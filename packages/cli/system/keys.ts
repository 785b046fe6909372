import { randomBytes } from 'node:crypto'
import { createAuthority, fingerprintOf } from '@atoll/authority'
import type { Context } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import { addKey, renderKeyring } from '@atoll/store/sealed'
import { CommandError } from '../errors.ts'

/** What a cluster's trust rests on. The secrets themselves are in the engine, where only controls read them. */
export interface SystemKeys {
  readonly certificatePem: string
  /** Engine names of the secrets that controls mount. */
  readonly authoritySecret: string
  readonly sealsSecret: string
  /** Agents mount it, too: what they prove themselves with, and the authority's certificate. */
  readonly agentsSecret: string
}

/** `isComplete` is written last: until then nobody has trusted these keys, and others may take their place. */
type KeysRecord = Omit<SystemKeys, 'agentsSecret'> & { readonly agentsSecret?: string; readonly isComplete: boolean }

/** An environment of their own, so that no plan of the platform ever removes them. */
const ref: EnvironmentRef = { app: 'atoll', environment: 'keys' }
const place = ['platform', 'keys'] as const

/**
 * Gives the cluster's keys, and makes them when there are none. Killed at any point it can be run again; of two at once one
 * has a ConflictError. CommandError `keys-lost` when the documents know keys that the engine does not have.
 */
export const ensureKeys = async (context: Context, signal: AbortSignal): Promise<SystemKeys> => {
  const known = await context.documents.find<KeysRecord>(...place, signal)
  const present = await listSecrets(context, signal)
  const missing = known === undefined ? [] : namesOf(known.value).filter((name) => !present.has(name))
  if (known?.value.isComplete === true) {
    if (missing.length > 0) throw keysLost(missing)
    if (isWhole(known.value)) return known.value
    return addAgentsSecret(context, { known: known.value, revision: known.revision, present }, signal)
  }
  return createKeys(context, { revision: known?.revision ?? 0 }, signal)
}

export const removeKeys = async (context: Context, signal: AbortSignal): Promise<void> => {
  const { secrets } = await context.engine.observe(ref, signal)
  for (const { id, engineName, isOwned } of secrets) {
    if (isOwned)
      await context.engine.apply({ kind: 'remove-secret', id, engineName }, { ref, release: 1, secrets: {} }, signal)
  }
  await context.documents.remove(...place, signal)
}

/** The record first: it says which of several secrets are meant, should two people begin at once. */
const createKeys = async (
  context: Context,
  { revision }: { readonly revision: number },
  signal: AbortSignal,
): Promise<SystemKeys> => {
  const authority = await createAuthority({ name: 'Atoll cluster', nowMs: context.clock.now() })
  const keyring = addKey([], randomBytes)
  const mark = fingerprintOf(authority.certificatePem)
    .replaceAll(/[^a-zA-Z0-9]/g, '')
    .slice(0, 12)
  const keys = {
    certificatePem: authority.certificatePem,
    authoritySecret: `atoll_keys_authority-${mark}`,
    sealsSecret: `atoll_keys_seals-${mark}`,
    agentsSecret: `atoll_keys_agents-${mark}`,
  }
  const begun = await context.documents.put(
    ...place,
    { expected: revision, value: { ...keys, isComplete: false } },
    signal,
  )
  await createSecret(context, { engineName: keys.authoritySecret, value: JSON.stringify(authority) }, signal)
  await createSecret(context, { engineName: keys.sealsSecret, value: renderKeyring(keyring) }, signal)
  await createAgentsSecret(context, keys, signal)
  await context.documents.put(...place, { expected: begun.revision, value: { ...keys, isComplete: true } }, signal)
  return keys
}

const isWhole = (keys: KeysRecord): keys is KeysRecord & SystemKeys => keys.agentsSecret !== undefined

/** To keys that were made before there was such a secret. Its name follows from theirs, so it is made once. */
const addAgentsSecret = async (
  context: Context,
  {
    known,
    revision,
    present,
  }: { readonly known: KeysRecord; readonly revision: number; readonly present: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<SystemKeys> => {
  const keys = { ...known, agentsSecret: known.sealsSecret.replace('atoll_keys_seals-', 'atoll_keys_agents-') }
  if (!present.has(keys.agentsSecret)) await createAgentsSecret(context, keys, signal)
  await context.documents.put(...place, { expected: revision, value: keys }, signal)
  return keys
}

const agentsSecretBytes = 32

const createAgentsSecret = (
  context: Context,
  { agentsSecret: engineName, certificatePem }: SystemKeys,
  signal: AbortSignal,
): Promise<void> => {
  const secret = randomBytes(agentsSecretBytes).toString('base64url')
  return createSecret(context, { engineName, value: JSON.stringify({ secret, certificatePem }) }, signal)
}

const createSecret = (
  { engine }: Context,
  { engineName, value }: { readonly engineName: string; readonly value: string },
  signal: AbortSignal,
): Promise<void> =>
  engine.apply(
    { kind: 'create-secret', file: { name: engineName, engineName, isExternal: false, labels: {} } },
    { ref, release: 1, secrets: { [engineName]: Buffer.from(value) } },
    signal,
  )

const namesOf = ({ authoritySecret, sealsSecret, agentsSecret }: KeysRecord): readonly string[] => [
  authoritySecret,
  sealsSecret,
  ...(agentsSecret === undefined ? [] : [agentsSecret]),
]

const listSecrets = async ({ engine }: Context, signal: AbortSignal): Promise<ReadonlySet<string>> => {
  const { secrets } = await engine.observe(ref, signal)
  return new Set(secrets.filter(({ isOwned }) => isOwned).map(({ engineName }) => engineName))
}

const keysLost = (missing: readonly string[]): CommandError =>
  new CommandError('keys-lost', `install the platform: its secrets are gone from the engine: ${missing.join(', ')}`, {
    hint: 'people, tokens and sealed values cannot be used without; "atoll uninstall" forgets them, then "atoll init" begins anew',
  })
