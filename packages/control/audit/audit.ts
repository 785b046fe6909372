import { ConflictError } from '@atoll/store'
import type { World } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import { chainEntry } from './chain.ts'
import type { AuditEntry } from './chain.ts'

const collection = 'audit'

/** Sorted as text they are sorted as numbers. */
const idOf = (sequence: number): string => String(sequence).padStart(12, '0')

/** Newest first. */
export const listAudit = async ({ documents }: World, signal: AbortSignal): Promise<readonly AuditEntry[]> => {
  const found = await documents.list<AuditEntry>(collection, {}, signal)
  return found.map(({ value }) => value).toSorted((a, b) => b.sequence - a.sequence)
}

/**
 * Adds an entry to the end of the chain. Its document must not exist yet, so two controls cannot both follow the same entry:
 * who comes second looks again.
 */
export const appendAudit = async (
  world: World,
  entry: Omit<AuditEntry, 'sequence' | 'atMs' | 'previousHash' | 'hash'>,
  signal: AbortSignal,
): Promise<void> => {
  let newest = await findNewest(world, signal)
  for (let tries = 0; tries < limits.auditTries; tries += 1) {
    const value = chainEntry({ ...entry, atMs: world.clock.now() }, newest)
    try {
      await world.documents.put(collection, idOf(value.sequence), { expected: 0, value }, signal)
      lastWritten.set(world.documents, value)
      await forgetOldest(world, value.sequence, signal)
      return
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      const isFarBehind = tries >= limits.auditTries / 2
      newest = isFarBehind
        ? (await listAudit(world, signal))[0]
        : ((await world.documents.find<AuditEntry>(collection, idOf(value.sequence), signal))?.value ?? newest)
    }
  }
  throw new ControlError('audit-busy', 'too many changes at once to write down who did what', {
    status: 503,
    retry: true,
    retryAfterS: 1,
  })
}

/** Reading the whole chain for each entry would take longer than most changes. */
const lastWritten = new WeakMap<World['documents'], AuditEntry>()

/** While the last one written here is still kept, whatever followed it is too: the oldest are forgotten first. */
const findNewest = async (world: World, signal: AbortSignal): Promise<AuditEntry | undefined> => {
  const last = lastWritten.get(world.documents)
  const kept = last && (await world.documents.find<AuditEntry>(collection, idOf(last.sequence), signal))
  return kept?.value ?? (await listAudit(world, signal))[0]
}

const forgetOldest = async ({ documents }: World, newest: number, signal: AbortSignal): Promise<void> => {
  const obsolete = newest - limits.auditEntries
  if (obsolete > 0) await documents.remove(collection, idOf(obsolete), signal)
}
