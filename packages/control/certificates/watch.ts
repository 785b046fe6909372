import { ConflictError } from '@atoll/store'
import type { Documents } from '@atoll/store'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { collections, onlyId } from './records.ts'
import type { WatchRecord } from './records.ts'

const nothing: WatchRecord = { attempts: {} }

export const readWatch = async (
  { documents }: { readonly documents: Pick<Documents, 'find'> },
  signal: AbortSignal,
): Promise<WatchRecord> => (await documents.find<WatchRecord>(collections.watch, onlyId, signal))?.value ?? nothing

/** `change` is called again with what somebody else wrote meanwhile; nothing is written when it changes nothing. */
export const changeWatch = async (
  { documents }: Pick<World, 'documents'>,
  change: (before: WatchRecord) => WatchRecord,
  signal: AbortSignal,
): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    const known = await documents.find<WatchRecord>(collections.watch, onlyId, signal)
    const before = known?.value ?? nothing
    const value = change(before)
    if (value === before) return
    try {
      await documents.put(collections.watch, onlyId, { expected: known?.revision ?? 0, value }, signal)
      return
    } catch (error) {
      if (!(error instanceof ConflictError) || tries >= limits.settingsTries) throw error
    }
  }
}
