import { list, releases, status } from '@atoll/deploy'
import type { Context, EnvironmentStatus, ListedEnvironment, Release } from '@atoll/deploy'
import type { ObservedNode } from '@atoll/plan'
import { CommandError } from '../../errors.ts'
import { checkReach } from '../supply-image.ts'
import type { ImageSupply } from '../supply-image.ts'
import type { ImageArchive } from '../image-archive.ts'
import { systemRef } from '../system-app.ts'

/** The platform before an upgrade, and all that may stand in its way. */
export interface Standing {
  readonly current: Release
  readonly platform: EnvironmentStatus
  readonly nodes: readonly ObservedNode[]
  /** By node id: free bytes of the engine's disk. Nodes whose disk cannot be seen, or that have the image, are not in it. */
  readonly rooms: ReadonlyMap<string, number>
  /** Disks that cannot be seen from here, by node name. */
  readonly unseenDisks: readonly string[]
  /** Deployments of other apps that are under way. */
  readonly deploying: readonly ListedEnvironment[]
  /** Why nodes cannot be given the image; absent when they can. */
  readonly unreached?: CommandError
}

/** The platform's release that last converged; CommandError `no-platform`. */
export const getPlatformRelease = async (context: Context, signal: AbortSignal): Promise<Release> => {
  const current = (await releases(context, systemRef, signal)).find(({ isCurrent }) => isCurrent)
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
  const [platform, listed, disks, unreached] = await Promise.all([
    status(context, systemRef, signal),
    list(context, signal),
    observeDisks(context, { archive, supply }, signal),
    findUnreached(supply, signal),
  ])
  const deploying = listed.filter(({ ref, running }) => running !== undefined && ref.app !== systemRef.app)
  return {
    current,
    platform,
    nodes: supply.nodes,
    deploying,
    ...disks,
    ...(unreached === undefined ? {} : { unreached }),
  }
}

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
