import type { SecretValues } from '@atoll/spec'
import type { World } from '../control.ts'
import { collections } from './records.ts'

/** Document `sealed`: values of secrets by engine name, each readable only at its place. */
interface SealedRecord {
  readonly values: Readonly<Record<string, unknown>>
  /** Of the lease, when its control left on purpose: whoever brings it need not wait until the lease runs out. */
  readonly token?: unknown
}

const placeOf = (operation: string, name: string): string => `${collections.sealed}/${operation}/${name}`
/** No engine name begins so. */
const tokenName = '/token'

/** Keeps what a deployment needs to go on when this control dies; nothing is written when it needs nothing. */
export const sealSecrets = async (
  { documents, seals }: World,
  { operation, secrets }: { readonly operation: string; readonly secrets: SecretValues },
  signal: AbortSignal,
): Promise<void> => {
  const entries = Object.entries(secrets)
  if (entries.length === 0) return
  const values = Object.fromEntries(entries.map(([name, bytes]) => [name, seals.seal(bytes, placeOf(operation, name))]))
  await documents.put<SealedRecord>(collections.sealed, operation, { expected: 0, value: { values } }, signal)
}

export const openSecrets = async (
  { documents, seals }: World,
  operation: string,
  signal: AbortSignal,
): Promise<SecretValues> => {
  const found = await documents.find<SealedRecord>(collections.sealed, operation, signal)
  const entries = Object.entries(found?.value.values ?? {})
  return Object.fromEntries(entries.map(([name, sealed]) => [name, seals.open(sealed, placeOf(operation, name))]))
}

/** Passes the lease on, to whichever control leads. */
export const sealToken = async (
  { documents, seals }: World,
  { operation, token }: { readonly operation: string; readonly token: string },
  signal: AbortSignal,
): Promise<void> => {
  const found = await documents.find<SealedRecord>(collections.sealed, operation, signal)
  const sealed = seals.seal(Buffer.from(token), placeOf(operation, tokenName))
  const value = { values: found?.value.values ?? {}, token: sealed }
  await documents.put<SealedRecord>(collections.sealed, operation, { expected: found?.revision ?? 0, value }, signal)
}

/** Tokens of leases that were passed on. */
export const listTokens = async ({ documents, seals }: World, signal: AbortSignal): Promise<ReadonlySet<string>> => {
  const found = await documents.list<SealedRecord>(collections.sealed, {}, signal)
  const tokens = found.flatMap(({ id, value: { token } }) =>
    token === undefined ? [] : [Buffer.from(seals.open(token, placeOf(id, tokenName))).toString()],
  )
  return new Set(tokens)
}

export const removeSecrets = ({ documents }: World, operation: string, signal: AbortSignal): Promise<void> =>
  documents.remove(collections.sealed, operation, signal)
