import { readBackupSettings } from '@atoll/backup'
import type { BackupSettings } from '@atoll/backup'
import { deployments, list, releases, status } from '@atoll/deploy'
import type { Context, Receipt, Release } from '@atoll/deploy'
import type { ObservedNode } from '@atoll/plan'
import type { SeenEnvironment, SeenStatus } from '../../cluster/cluster.ts'
import { CommandError } from '../../errors.ts'
import { findBuild } from '../build.ts'
import type { PlatformBuild } from '../build.ts'
import { checkReach } from '../supply-image.ts'
import type { ImageSupply } from '../supply-image.ts'
import type { ImageArchive } from '../image-archive.ts'
import { systemRef } from '../system-app.ts'

/** The platform before an upgrade, and all that may stand in its way. */
export interface Standing {
  readonly from: PlatformBuild
  readonly platform: SeenStatus
  readonly nodes: readonly ObservedNode[]
  /** By node id: free bytes of the engine's disk. Nodes whose disk cannot be seen, or that have the image, are not in it. */
  readonly rooms: ReadonlyMap<string, number>
  /** Disks that cannot be seen from here, by node name. */
  readonly unseenDisks: readonly string[]
  /** Deployments of other apps that are under way. */
  readonly deploying: readonly SeenEnvironment[]
  /** Why nodes cannot be given the image; absent when they can. */
  readonly unreached?: CommandError
  /** When it was looked at. */
  readonly atMs: number
  readonly backups: Pick<BackupSettings, 'recipients'> & { readonly place?: { readonly url: string } }
  /** Of the platform's last deployment. */
  readonly last?: Pick<Receipt, 'startedAtMs' | 'backup'>
}

/** The platform's release that last converged. */
export const findPlatformRelease = async (context: Context, signal: AbortSignal): Promise<Release | undefined> =>
  (await releases(context, systemRef, signal)).find(({ isCurrent }) => isCurrent)

/** CommandError `no-platform`. */
export const getPlatformRelease = async (context: Context, signal: AbortSignal): Promise<Release> => {
  const current = await findPlatformRelease(context, signal)
  if (current !== undefined) return current
  throw new CommandError('no-platform', 'upgrade the platform: it is not installed here', { hint: 'run "atoll init"' })
}

interface Look {
  readonly current: Release
  readonly archive: ImageArchive
  readonly supply: ImageSupply
}

/** Changes nothing. */
export const observeStanding = async (
  context: Context,
  { current, archive, supply }: Look,
  signal: AbortSignal,
): Promise<Standing> => {
  const [platform, listed, disks, unreached, backups, [last]] = await Promise.all([
    status(context, systemRef, signal),
    list(context, signal),
    observeDisks(context, { archive, supply }, signal),
    findUnreached(supply, signal),
    readBackupSettings(context, signal),
    deployments(context, systemRef, signal),
  ])
  return {
    from: findBuild(current.app),
    platform,
    nodes: supply.nodes,
    deploying: listed.filter(isDeploying),
    ...disks,
    ...(unreached === undefined ? {} : { unreached }),
    atMs: context.clock.now(),
    backups,
    ...(last === undefined ? {} : { last: last.receipt }),
  }
}

/** The platform itself may be half way. */
export const isDeploying = ({ ref, running }: SeenEnvironment): boolean =>
  running !== undefined && ref.app !== systemRef.app

const observeDisks = async (
  { engine }: Context,
  { archive: { reference }, supply: { nodes, images } }: Omit<Look, 'current'>,
  signal: AbortSignal,
): Promise<Pick<Standing, 'rooms' | 'unseenDisks'>> => {
  const rooms = new Map<string, number>()
  const unseenDisks: string[] = []
  const reached = await images.reach(signal)
  for (const { id, name, state } of nodes) {
    if (state !== 'ready') continue
    if (reached.has(id) && (await images.find({ nodeId: id, reference }, signal)) !== undefined) continue
    const disk = await engine.disk(id, signal)
    if (disk === undefined) unseenDisks.push(name)
    else rooms.set(id, disk.freeBytes)
  }
  return { rooms, unseenDisks }
}

const findUnreached = async (supply: ImageSupply, signal: AbortSignal): Promise<CommandError | undefined> => {
  try {
    await checkReach(supply, signal)
    return undefined
  } catch (error) {
    if (error instanceof CommandError) return error
    throw error
  }
}
