import type { Seals } from '@atoll/store/sealed'
import { secretPlace } from '../settings.ts'
import type { BackupSettings } from '../settings.ts'
import type { Place } from './place.ts'
import { openS3, parseS3 } from './s3.ts'

/** The place of the settings, where backups by schedule go; undefined when nobody said. Throws SealError. */
export const findSetPlace = (seals: Pick<Seals, 'open'>, { place }: BackupSettings): Place | undefined => {
  if (place === undefined) return undefined
  const { url, endpoint, region, accessKeyId, sealedSecret } = place
  const secretAccessKey = Buffer.from(seals.open(sealedSecret, secretPlace)).toString()
  return openS3({ ...parseS3(url), endpoint, region, accessKeyId, secretAccessKey })
}
