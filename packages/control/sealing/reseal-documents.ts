import { ConflictError } from '@atoll/store'
import type { Document } from '@atoll/store'
import { findSealed, SealError } from '@atoll/store/sealed'
import type { World } from '../control.ts'
import { runLoop } from '../controllers/run-loop.ts'
import { limits } from '../limits.ts'
import { sealedCollections } from './sealed-collections.ts'
import type { SealedCollection } from './sealed-collections.ts'

/**
 * While there are two keys, brings every sealed value under the one that seals: `atoll keys rotate` waits for it before it
 * takes the other away. With one key there is nothing to look for.
 */
export const resealDocuments = async (world: World, signal: AbortSignal): Promise<void> => {
  if (world.seals.keys <= 1) return
  const look = (ended: AbortSignal): Promise<void> => resealAll(world, ended)
  await runLoop(world, { name: 'seal anew', everyMs: limits.resealEveryMs, look }, signal)
}

/** One that cannot be opened keeps no other from being sealed anew. */
export const resealAll = async (world: World, signal: AbortSignal): Promise<void> => {
  for (const sealed of sealedCollections) {
    for (const document of await world.documents.list(sealed.collection, {}, signal)) {
      try {
        await resealOne(world, { sealed, document }, signal)
      } catch (error) {
        if (error instanceof SealError) complain(world, { sealed, document, error })
        else if (!(error instanceof ConflictError)) throw error
      }
    }
  }
}

/** Who is written meanwhile is looked at the next time. */
const resealOne = async (
  { documents, seals }: World,
  { sealed, document }: { readonly sealed: SealedCollection; readonly document: Document },
  signal: AbortSignal,
): Promise<void> => {
  const { id, revision, value } = document
  const anew = sealed.reseal(seals, id, value)
  if (keysOf(anew) === keysOf(value)) return
  await documents.put(sealed.collection, id, { expected: revision, value: anew }, signal)
}

const keysOf = (value: unknown): string =>
  findSealed(value)
    .map(({ key }) => key)
    .join(' ')

interface Trouble {
  readonly sealed: SealedCollection
  readonly document: Document
  readonly error: unknown
}

const complain = ({ log }: World, { sealed: { collection }, document: { id }, error }: Trouble): void =>
  log({ event: 'not sealed anew', collection, id, error: String(error) })
