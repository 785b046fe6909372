import { randomBytes } from 'node:crypto'
import { createAuthority, fingerprintOf } from '@atoll/authority'
import type { Context } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import { addKey, renderKeyring } from '@atoll/store/sealed'
import { CommandError } from '../errors.ts'
import { keysPlace, secretsOf } from './keys-record.ts'
import type { KeysRecord, SystemKeys } from './keys-record.ts'

/** An environment of their own, so that no plan of the platform ever removes them. */
const ref: EnvironmentRef = { app: 'atoll', environment: 'keys' }

/**
 * Gives the cluster's keys, and makes them when there are none. Killed at any point it can be run again; of two at once one
 * has a ConflictError. CommandError `keys-lost` when the documents know keys that the engine does not have.
 */
export const ensureKeys = async (
  context: Context,
  signal: AbortSignal,
): Promise<SystemKeys & Pick<KeysRecord, 'rotation'>> => {
  const known = await context.documents.find<KeysRecord>(...keysPlace, signal)
  const present = await listSecrets(context, signal)
  const missing = known === undefined ? [] : secretsOf(known.value).filter((name) => !present.has(name))
  if (known?.value.isComplete === true) {
    if (missing.length > 0) throw keysLost(missing)
    if (isWhole(known.value)) return known.value
    return addAgentsSecret(context, { known: known.value, revision: known.revision, present }, signal)
  }
  return createKeys(context, { revision: known?.revision ?? 0 }, signal)
}

/** Takes away the platform's secrets that `isNeeded` says nobody needs. */
export const removeSecrets = async (
  { engine }: Context,
  isNeeded: (engineName: string) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  const { secrets } = await engine.observe(ref, signal)
  for (const { id, engineName, isOwned } of secrets) {
    if (!isOwned || isNeeded(engineName)) continue
    await engine.apply({ kind: 'remove-secret', id, engineName }, { ref, release: 1, secrets: {} }, signal)
  }
}

export const removeKeys = async (context: Context, signal: AbortSignal): Promise<void> => {
  await removeSecrets(context, () => false, signal)
  await context.documents.remove(...keysPlace, signal)
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
    ...keysPlace,
    { expected: revision, value: { ...keys, isComplete: false } },
    signal,
  )
  await createSecret(context, { engineName: keys.authoritySecret, value: JSON.stringify(authority) }, signal)
  await createSecret(context, { engineName: keys.sealsSecret, value: renderKeyring(keyring) }, signal)
  await createAgentsSecret(context, keys, signal)
  await context.documents.put(...keysPlace, { expected: begun.revision, value: { ...keys, isComplete: true } }, signal)
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
  await context.documents.put(...keysPlace, { expected: revision, value: keys }, signal)
  return keys
}

const agentsSecretBytes = 32

export const createAgentsSecret = (
  context: Context,
  { agentsSecret: engineName, certificatePem }: Pick<SystemKeys, 'agentsSecret' | 'certificatePem'>,
  signal: AbortSignal,
): Promise<void> => {
  const secret = randomBytes(agentsSecretBytes).toString('base64url')
  return createSecret(context, { engineName, value: JSON.stringify({ secret, certificatePem }) }, signal)
}

export const createSecret = (
  { engine }: Context,
  { engineName, value }: { readonly engineName: string; readonly value: string },
  signal: AbortSignal,
): Promise<void> =>
  engine.apply(
    { kind: 'create-secret', file: { name: engineName, engineName, isExternal: false, labels: {} } },
    { ref, release: 1, secrets: { [engineName]: Buffer.from(value) } },
    signal,
  )

const listSecrets = async ({ engine }: Context, signal: AbortSignal): Promise<ReadonlySet<string>> => {
  const { secrets } = await engine.observe(ref, signal)
  return new Set(secrets.filter(({ isOwned }) => isOwned).map(({ engineName }) => engineName))
}

const keysLost = (missing: readonly string[]): CommandError =>
  new CommandError('keys-lost', `install the platform: its secrets are gone from the engine: ${missing.join(', ')}`, {
    hint: 'people, tokens and sealed values cannot be used without; "atoll uninstall" forgets them, then "atoll init" begins anew',
  })
