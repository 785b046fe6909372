import { BackupError, findSetPlace, listBackups, noteWatch, readBackupSettings } from '@atoll/backup'
import { appendAudit } from '../audit/audit.ts'
import { keepBackup } from '../backups/keep-backup.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/** Makes backups as the settings say, on the leader alone. What was made stands in documents, so the next one to lead goes on. */
export const makeBackups = (world: World, signal: AbortSignal, openPlace = findSetPlace): Promise<void> => {
  let triedAtMs = Number.NEGATIVE_INFINITY
  let isWatched = false
  const look = async (): Promise<void> => {
    // Who looks at an app is told that there is none as long as there is none.
    if (!isWatched) await noteWatch(world, {}, signal)
    isWatched = true
    const settings = await readBackupSettings(world, signal)
    const { everyMs, recipients, keep } = settings
    const place = openPlace(world.seals, settings)
    if (everyMs === undefined || place === undefined || recipients.length === 0) return
    const nowMs = world.clock.now()
    const last = (await listBackups(world, signal)).find(
      (each) => each.place === place.name && each.provenAtMs !== undefined,
    )
    if (nowMs - (last?.madeAtMs ?? Number.NEGATIVE_INFINITY) < everyMs) return
    if (nowMs - triedAtMs < limits.backups.againMs) return
    triedAtMs = nowMs
    await tell(world, () => keepBackup(world, { place, recipients, keep }, signal), signal)
  }
  return runLoop(world, { name: 'make backups', everyMs: limits.backups.everyMs, look }, signal)
}

/** In the audit when it was made, in the status of every app when it was not. */
const tell = async (world: World, work: () => ReturnType<typeof keepBackup>, signal: AbortSignal): Promise<void> => {
  try {
    const { id, bytes, missing } = await work()
    await noteWatch(world, { trouble: null }, signal)
    const entry = { by: `atoll@${world.node.name}`, action: 'makeBackup', subject: id, address: '' }
    await appendAudit(world, { ...entry, after: { bytes, missing } }, signal)
  } catch (error) {
    if (signal.aborted) return
    const trouble = error instanceof BackupError ? error.message : 'see the log of the control of the leader'
    world.log({ event: 'backup not made', error: String(error) })
    await noteWatch(world, { trouble }, signal)
  }
}
