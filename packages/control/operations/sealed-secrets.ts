import type { SecretValues } from '@atoll/spec'
import { ConflictError } from '@atoll/store'
import type { Seals, World } from '../control.ts'
import { limits } from '../limits.ts'
import { collections } from './records.ts'

/** Document `sealed`: values of secrets by engine name, each readable only at its place. */
export interface SealedRecord {
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

/** Passes the lease on, to whichever control leads. The document may be sealed anew at the same moment. */
export const sealToken = async (
  { documents, seals }: World,
  { operation, token }: { readonly operation: string; readonly token: string },
  signal: AbortSignal,
): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    const found = await documents.find<SealedRecord>(collections.sealed, operation, signal)
    const sealed = seals.seal(Buffer.from(token), placeOf(operation, tokenName))
    const value = { values: found?.value.values ?? {}, token: sealed }
    try {
      const write = { expected: found?.revision ?? 0, value }
      return void (await documents.put<SealedRecord>(collections.sealed, operation, write, signal))
    } catch (error) {
      if (!(error instanceof ConflictError) || tries === limits.sealTries) throw error
    }
  }
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

/** The same under the key that seals now. */
export const resealSecrets = (
  seals: Pick<Seals, 'reseal'>,
  operation: string,
  { values, token }: SealedRecord,
): SealedRecord => ({
  values: Object.fromEntries(
    Object.entries(values).map(([name, sealed]) => [name, seals.reseal(sealed, placeOf(operation, name))]),
  ),
  ...(token === undefined ? {} : { token: seals.reseal(token, placeOf(operation, tokenName)) }),
})
