import { findSetPlace, readBackupSettings } from '@atoll/backup'
import type { Place } from '@atoll/backup'
import type { Context } from '@atoll/deploy'
import { openSeals, parseKeyring } from '@atoll/store/sealed'
import { findPlace } from '../../backups/find-place.ts'
import { pathOf, saveBackup } from '../../backups/save-backup.ts'
import type { ChosenLock } from '../../backups/save-backup.ts'
import type { Cli, EngineConnection } from '../../cli.ts'
import { createLazyBackups } from '../../direct/lazy-backups.ts'
import { readKeys } from '../../direct/read-keys.ts'
import { CommandError } from '../../errors.ts'
import type { Follower } from '../../follow-deployment.ts'
import type { BackupPlan } from './judge-backup.ts'

interface Order {
  readonly connection: Pick<EngineConnection, 'context' | 'archive'>
  readonly plan: BackupPlan & { readonly kind: 'make' }
  readonly lock: ChosenLock
}

/**
 * A backup as any other, proven; gives its path as `atoll restore` takes it. CommandError `no-backup` whatever came in between:
 * then nothing was changed.
 */
export const makeUpgradeBackup = async (
  cli: Cli,
  { connection: { context, archive }, plan, lock }: Order,
  { onStep, onNote }: Pick<Follower, 'onStep' | 'onNote'>,
): Promise<string> => {
  const { signal } = cli
  try {
    await using found = await openPlace(cli, context, plan)
    const saved = await saveBackup(createLazyBackups(context, archive), { ...found, lock }, { signal, onStep })
    const path = pathOf(saved)
    const { missing } = saved
    onNote(`the backup of before, proven: ${path}`)
    if (missing.length > 0) onNote(`not in it: values of ${missing.length} secrets that went by no control`)
    return path
  } catch (cause) {
    signal.throwIfAborted()
    throw noBackup(cause)
  }
}

const openPlace = async (cli: Cli, context: Context, { to, isSet }: Order['plan']) =>
  isSet ? { place: await openSetPlace(context, cli.signal), ...nothing } : findPlace(cli, to)

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() }

/** Its secret is sealed with a key that only controls have. */
const openSetPlace = async (context: Context, signal: AbortSignal): Promise<Place> => {
  const { seals } = await readKeys(context, signal)
  const settings = await readBackupSettings(context, signal)
  const place = findSetPlace(openSeals({ keys: parseKeyring(seals) }), settings)
  if (place === undefined) throw new CommandError('no-place', 'the place of backups was taken away meanwhile')
  return place
}

const noBackup = (cause: unknown): CommandError => {
  const said = cause instanceof Error ? cause.message : String(cause)
  const own = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'hint') : undefined
  const hint = `${typeof own === 'string' ? `${own}; or ` : ''}say --to with another place, or --no-backup to go on without one`
  return new CommandError('no-backup', `upgrade: the backup before it failed: ${said}; nothing was changed`, {
    hint,
    cause,
  })
}
