import type { Parsed, Reply } from '@atoll/api'
import { parseS3, requireRecipient, secretPlace } from '@atoll/backup'
import type { BackupSettings } from '@atoll/backup'
import type { Seals } from '../control.ts'
import { ControlError } from '../errors.ts'

type Change = Parsed<'changeBackupSettings', 'body'>

/** What is named of them; what may not be told is sealed. BackupError `place` or `bad-key`, ControlError `no-place`. */
export const applyChange = (
  seals: Pick<Seals, 'seal'>,
  before: BackupSettings,
  { everyMs, keep, recipients, place }: Change,
): BackupSettings => {
  recipients?.forEach(requireRecipient)
  const after: BackupSettings = {
    ...before,
    ...(keep === undefined ? {} : { keep }),
    ...(recipients === undefined ? {} : { recipients }),
    ...(place === undefined ? {} : { place: sealPlace(seals, place) }),
  }
  const { everyMs: _, ...never } = after
  if (everyMs === undefined) return after
  if (everyMs === null) return never
  if (after.place === undefined || after.recipients.length === 0) throw incomplete()
  return { ...after, everyMs }
}

type SealedPlace = NonNullable<BackupSettings['place']>

const sealPlace = (seals: Pick<Seals, 'seal'>, place: NonNullable<Change['place']>): SealedPlace => {
  const { secretAccessKey, ...rest } = place
  parseS3(rest.url)
  return { ...rest, sealedSecret: seals.seal(Buffer.from(secretAccessKey), secretPlace) }
}

/** The same under the key that seals now. */
export const resealPlace = (seals: Pick<Seals, 'reseal'>, settings: BackupSettings): BackupSettings => {
  const { place } = settings
  if (place === undefined) return settings
  return { ...settings, place: { ...place, sealedSecret: seals.reseal(place.sealedSecret, secretPlace) } }
}

/** Without what may not be told. */
export const describeSettings = ({ place, ...rest }: BackupSettings): Reply<'getBackupSettings'> => {
  if (place === undefined) return rest
  const { sealedSecret: _, ...told } = place
  return { ...rest, place: told }
}

const incomplete = (): ControlError =>
  new ControlError('no-place', 'backups by schedule need a place and a recipient', {
    status: 422,
    hint: 'say --place s3://BUCKET/PREFIX with its keys, and --recipient age1...',
  })
