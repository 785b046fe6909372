import type { Reply } from '@atoll/api'
import { changeBackupSettings, listBackups, makeBackup, noteProof, noteWatch } from '@atoll/backup'
import { readBackupSettings, requireRecipient } from '@atoll/backup'
import type { BackupOrder, BackupPiece } from '@atoll/backup'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { applyChange, describeSettings } from '../backups/place-settings.ts'
import type { Control } from '../control.ts'
import { ControlError, notFound } from '../errors.ts'
import { toFailure } from '../to-failure.ts'
import type { Handler, Handlers } from './handler.ts'

type Line = Reply<'makeBackup'>

/** Who may choose for whom it is made may have the keys of the cluster: a person, and no token that was left somewhere. */
const make: Handler<'makeBackup'> = async (control, { body, caller, address, signal }) => {
  const { place } = body
  if (body.recipients !== undefined) requireSession(caller)
  const recipients = body.recipients ?? (await readBackupSettings(control, signal)).recipients
  if (recipients.length === 0) throw noRecipient()
  for (const recipient of recipients) requireRecipient(recipient)
  const by = caller.description
  const entry = { by, action: 'makeBackup', subject: place, address, after: { recipients } }
  await appendAudit(control, entry, signal)
  return tell(control, { recipients, place, by, version: control.version }, signal)
}

/** The answer has begun, so a failure is its last line. */
async function* tell(control: Control, order: BackupOrder, signal: AbortSignal): AsyncGenerator<Line, void> {
  const { archive, keys } = control.vault
  try {
    const world = { ...control, archive, readKeys: async () => keys }
    for await (const piece of makeBackup(world, order, signal)) yield toLine(piece)
  } catch (error) {
    const failure = toFailure(error)
    control.log({ event: 'backup failed', by: order.by, code: failure.code, error: String(error) })
    yield { kind: 'failed', failure }
  }
}

const toLine = (piece: BackupPiece): Line =>
  piece.kind === 'data' ? { kind: 'data', base64: Buffer.from(piece.bytes).toString('base64') } : piece

const noRecipient = (): ControlError =>
  new ControlError('no-recipient', 'make a backup: nobody has said for which key', {
    status: 422,
    hint: 'name it: "atoll backup --recipient age1..."; "atoll backup key" makes one',
  })

const changeSettings: Handler<'changeBackupSettings'> = async (control, { body, caller, address, signal }) => {
  requireSession(caller)
  const before = describeSettings(await readBackupSettings(control, signal))
  const settings = await changeBackupSettings(control, (known) => applyChange(control.seals, known, body), signal)
  await noteWatch(control, { everyMs: settings.everyMs ?? null, trouble: null }, signal)
  const after = describeSettings(settings)
  const entry = { by: caller.description, action: 'changeBackupSettings', subject: 'cluster', address, before, after }
  await appendAudit(control, entry, signal)
  return after
}

export const backupHandlers: Handlers<
  'makeBackup' | 'listBackups' | 'proveBackup' | 'getBackupSettings' | 'changeBackupSettings'
> = {
  getBackupSettings: async (control, { signal }) => describeSettings(await readBackupSettings(control, signal)),
  changeBackupSettings: changeSettings,
  makeBackup: make,
  listBackups: (control, { signal }) => listBackups(control, signal),
  proveBackup: async (control, { params, body, caller, address, signal }) => {
    const proof = { id: params.backup, ...body, provenAtMs: control.clock.now() }
    const record = await noteProof(control, proof, signal)
    if (record === undefined) throw notFound(`no backup ${params.backup} with these bytes was made here`)
    const entry = { by: caller.description, action: 'proveBackup', subject: record.id, address, after: body }
    await appendAudit(control, entry, signal)
    return record
  },
}
