import type { ObservedNode } from '@atoll/plan'
import { isWitness } from '@atoll/plan'
import { listAll } from '../../platform/list-all.ts'
import type { PlatformConnection } from '../../platform/open-platform.ts'
import { parseFormat } from '../build.ts'
import type { ImageArchive } from '../image-archive.ts'
import { systemRef } from '../system-app.ts'
import type { BackupWish } from './judge-backup.ts'
import { judgeStanding } from './preflight.ts'
import type { Preflight } from './preflight.ts'
import { isDeploying } from './standing.ts'
import type { Standing } from './standing.ts'

interface Look {
  readonly archive: ImageArchive
  readonly wish: BackupWish
}

/** What a control sees of what an upgrade looks at. Which engines can be given the image only those tell. */
export const lookThroughPlatform = async (
  connection: PlatformConnection,
  look: Look,
  signal: AbortSignal,
): Promise<Preflight> => {
  const preflight = judgeStanding(await observe(connection, signal), look)
  const notes = preflight.isDue ? ['whether engines can be given the image is seen when they are named'] : []
  return { ...preflight, notes: [...preflight.notes, ...notes] }
}

const observe = async ({ client, cluster }: PlatformConnection, signal: AbortSignal): Promise<Standing> => {
  const [health, platform, listed, nodes, backups, last] = await Promise.all([
    client.call('getHealth', {}, signal),
    cluster.status(systemRef, signal),
    cluster.list(signal),
    listNodes({ client }, signal),
    client.call('getBackupSettings', {}, signal),
    cluster.findReceipt(systemRef, undefined, signal),
  ])
  const ready = nodes.filter(({ state }) => state === 'ready')
  return {
    from: { name: health.version, documents: health.documents ?? parseFormat() },
    platform,
    nodes,
    rooms: new Map(ready.flatMap(({ id, disk }) => (disk === undefined ? [] : [[id, disk.freeBytes] as const]))),
    unseenDisks: ready.filter(({ disk }) => disk === undefined).map(({ name }) => name),
    deploying: listed.filter(isDeploying),
    atMs: platform.atMs,
    backups,
    ...(last === undefined ? {} : { last }),
  }
}

type Asked = Pick<PlatformConnection, 'client'>

const listNodes = ({ client }: Asked, signal: AbortSignal): Promise<readonly ObservedNode[]> =>
  listAll((query) => client.call('listNodes', { query }, signal))

/**
 * The engines an upgrade of this cluster takes, as flags: of all nodes where each is given the image, of managers where they pull
 * it.
 */
export const findEngines = async (
  { client, cluster }: Pick<PlatformConnection, 'client' | 'cluster'>,
  signal: AbortSignal,
): Promise<string> => {
  const [{ services }, nodes] = await Promise.all([cluster.status(systemRef, signal), listNodes({ client }, signal)])
  const isPulled = services.some(({ service, image }) => service === 'agent' && image.includes('/'))
  return nodes
    .filter((node) => node.state === 'ready' && (isPulled ? node.isManager : !isWitness(node)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, address }) => `--engine ssh://root@${address || name}`)
    .join(' ')
}
