import type { Context, Release } from '@atoll/deploy'
import type { ImageStore } from '@atoll/engine/swarm'
import { readImageArchive } from '../image-archive.ts'
import type { ImageArchive } from '../image-archive.ts'
import { makeImage, ownArchivePath } from '../make-image.ts'
import type { ImageSupply } from '../supply-image.ts'
import type { BackupWish } from './judge-backup.ts'
import { judgeStanding } from './preflight.ts'
import type { Preflight } from './preflight.ts'
import { readSettings } from './settings.ts'
import { getPlatformRelease, observeStanding } from './standing.ts'

export interface UpgradeRequest {
  readonly images: ImageStore
  /** An archive of the image that was made elsewhere; made here when absent. */
  readonly imagePath?: string
  readonly wish: BackupWish
}

/** All that is known before anything is changed. */
export interface PreparedUpgrade {
  /** The release that runs, and that is gone back to. */
  readonly current: Release
  readonly archive: ImageArchive
  readonly supply: ImageSupply
  readonly preflight: Preflight
}

interface Options {
  readonly signal: AbortSignal
  readonly onStep: (step: string) => void
}

/** Makes the image and looks at the cluster, which is not changed. CommandError `no-platform`, `not-an-image`, `not-linux`. */
export const prepareUpgrade = async (
  context: Context,
  { images, imagePath, wish }: UpgradeRequest,
  { signal, onStep }: Options,
): Promise<PreparedUpgrade> => {
  const current = await getPlatformRelease(context, signal)
  const archive = await openImage(imagePath, onStep)
  onStep('look at the cluster')
  const { registry } = readSettings(current.app)
  const supply = {
    images,
    nodes: await context.engine.nodes(signal),
    ...(registry === undefined ? {} : { registry }),
  }
  const standing = await observeStanding(context, { current, archive, supply }, signal)
  return { current, archive, supply, preflight: judgeStanding(standing, { archive, wish }) }
}

/** Of these sources, or made elsewhere. CommandError `not-linux`, `not-an-image`. */
export const openImage = (path: string | undefined, onStep: Options['onStep']): Promise<ImageArchive> => {
  onStep(path === undefined ? 'make the image of the platform' : `read ${path}`)
  return path === undefined ? makeImage(ownArchivePath) : readImageArchive(path)
}
