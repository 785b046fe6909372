import type { NodeUsage, StoredSum } from '../storage/storage.ts'
import type { Api } from './client.ts'
import { usageReply } from './storage-replies.ts'

/** The engine adds up every file of every volume for this. */
const usageTimeoutMs = 60_000

/** As `docker system df` counts: layers once, however many images have them. */
export const readUsage = async (engine: Api, signal: AbortSignal): Promise<NodeUsage> => {
  const call = { method: 'GET', path: '/system/df', timeoutMs: usageTimeoutMs, doing: 'add up what the engine keeps' }
  const { LayersSize, Images, Containers, Volumes, BuildCache } = await engine.json(
    { ...call, method: 'GET' },
    usageReply,
    signal,
  )
  const used = Images.filter((image) => (image.Containers ?? 0) > 0)
  const own = used.reduce((sum, { Size, SharedSize }) => sum + Size - SharedSize, 0)
  const shared = Math.max(0, ...used.map(({ SharedSize }) => SharedSize))
  return {
    images: {
      count: Images.length,
      bytes: LayersSize,
      reclaimableBytes: used.length === Images.length ? 0 : Math.max(0, LayersSize - own - shared),
    },
    containers: sum(Containers, { bytesOf: ({ SizeRw }) => SizeRw, isFree: ({ State }) => State !== 'running' }),
    // A volume is data, and nothing here removes one.
    volumes: sum(Volumes, { bytesOf: ({ UsageData }) => UsageData?.Size ?? 0, isFree: () => false }),
    buildCache: sum(
      BuildCache.filter(({ Shared }) => !Shared),
      { bytesOf: ({ Size }) => Size, isFree: ({ InUse }) => !InUse },
    ),
  }
}

const sum = <Item>(
  items: readonly Item[],
  { bytesOf, isFree }: { readonly bytesOf: (item: Item) => number; readonly isFree: (item: Item) => boolean },
): StoredSum => {
  const add = (some: readonly Item[]): number => some.reduce((total, item) => total + bytesOf(item), 0)
  return { count: items.length, bytes: add(items), reclaimableBytes: add(items.filter(isFree)) }
}
