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
  /** Says how it is now, whatever may be on its way. */
  readonly isLookOnly?: boolean
}

/** All that is known before anything is changed. */
export interface PreparedUpgrade {
  /** The release that runs, and that is gone back to. */
  readonly current: Release
  readonly archive: ImageArchive
  readonly supply: ImageSupply
  readonly preflight: Preflight
}

/** An engine waits half a minute for tasks of a node that it has lost, and starts others then. */
const wholeMs = 60_000
const lookEveryMs = 1_000

interface Options {
  readonly signal: AbortSignal
  readonly onStep: (step: string) => void
}

/** Makes the image and looks at the cluster, which is not changed. CommandError `no-platform`, `not-an-image`, `not-linux`. */
export const prepareUpgrade = async (
  context: Context,
  { images, imagePath, wish, isLookOnly = false }: UpgradeRequest,
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
  const look = async (): Promise<Preflight> =>
    judgeStanding(await observeStanding(context, { current, archive, supply }, signal), { archive, wish })
  const preflight = isLookOnly ? await look() : await lookUntilWhole(look, { clock: context.clock, signal, onStep })
  return { current, archive, supply, preflight }
}

/** The programs of a node that came back a moment ago are nothing to mend. */
const lookUntilWhole = async (
  look: () => Promise<Preflight>,
  { clock, signal, onStep }: Options & Pick<Context, 'clock'>,
): Promise<Preflight> => {
  const untilMs = clock.now() + wholeMs
  let preflight = await look()
  if (isComing(preflight)) onStep('wait until the platform is whole')
  while (isComing(preflight) && clock.now() < untilMs) {
    await clock.wait(lookEveryMs, signal)
    preflight = await look()
  }
  return preflight
}

const isComing = ({ troubles }: Preflight): boolean =>
  troubles.length > 0 && troubles.every(({ code }) => code === 'not-whole')

/** Of these sources, or made elsewhere. CommandError `not-linux`, `not-an-image`. */
export const openImage = (path: string | undefined, onStep: Options['onStep']): Promise<ImageArchive> => {
  onStep(path === undefined ? 'make the image of the platform' : `read ${path}`)
  return path === undefined ? makeImage(ownArchivePath) : readImageArchive(path)
}
