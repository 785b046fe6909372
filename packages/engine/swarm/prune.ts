import type { PruneItem, PruneReport } from '../storage/storage.ts'
import { chooseGarbage, toItem } from '../storage/choose-garbage.ts'
import type { Choice, GarbageRules } from '../storage/choose-garbage.ts'
import type { Inventory, StoredContainer, StoredImage } from '../storage/inventory.ts'
import { builtForLabel } from '../storage/inventory.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { ignoreAbsent } from './ignore-errors.ts'
import { buildCacheReply, imagesReply, storedContainersReply, usageReply } from './storage-replies.ts'

/** Which of its things an engine may give up. */
export interface PruneOrder extends GarbageRules {
  readonly isDryRun: boolean
  readonly buildCache: CacheOrder
}

export interface CacheOrder {
  /** So much of it stays, what was used last first. */
  readonly keepBytes: number
  /** What was used within this time stays. */
  readonly idleMs: number
}

/** Who asks for room gives up that builds are fast, too. */
export const wholeCache: CacheOrder = { keepBytes: 0, idleMs: 0 }
const pruneTimeoutMs = 300_000

/** Removes what nobody needs from one engine, each thing only if the engine agrees that nothing uses it. Never a volume. */
export const pruneEngine = async (engine: Api, order: PruneOrder, signal: AbortSignal): Promise<PruneReport> => {
  const cache = await pruneCache(engine, order.buildCache, { isDryRun: order.isDryRun, signal })
  const { containers, images } = chooseGarbage(await readInventory(engine, signal), order)
  const removed: PruneItem[] = [...cache]
  const left: PruneItem[] = []
  for (const choice of containers) {
    const isGone = choice.isGarbage && (order.isDryRun || (await removeContainer(engine, choice.thing, signal)))
    ;(isGone ? removed : left).push(containerItem(choice))
  }
  for (const choice of images) {
    const refusal = choice.isGarbage && !order.isDryRun ? await removeImage(engine, choice.thing, signal) : undefined
    if (choice.isGarbage && refusal === undefined) removed.push(toItem(choice))
    else left.push(toItem(refusal === undefined ? choice : { ...choice, why: refusal }))
  }
  return { removed, left }
}

export const readInventory = async (engine: Api, signal: AbortSignal): Promise<Inventory> => {
  const all = { all: true }
  const list = { method: 'GET', doing: 'list what the engine keeps' } as const
  const [images, containers] = await Promise.all([
    engine.json({ ...list, path: '/images/json' }, imagesReply, signal),
    engine.json({ ...list, path: '/containers/json', query: all }, storedContainersReply, signal),
  ])
  return {
    images: images.map(({ Id, RepoTags, RepoDigests, Labels, Size, Created }) => ({
      id: Id,
      tags: RepoTags,
      digests: RepoDigests,
      ...(Labels[builtForLabel] === undefined ? {} : { builtFor: Labels[builtForLabel] }),
      bytes: Size,
      createdAtMs: Created,
    })),
    containers: containers.map(({ Id, Names, ImageID, State, Labels, Created }) => ({
      id: Id,
      name: Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12),
      imageId: ImageID,
      state: State,
      labels: Labels,
      createdAtMs: Created,
    })),
  }
}

const containerItem = ({ thing, why }: Choice<StoredContainer>): PruneItem => ({
  kind: 'container',
  name: thing.name,
  why,
})

/** False: it runs again, or somebody else removes it. */
const removeContainer = async (engine: Api, { id, name }: StoredContainer, signal: AbortSignal): Promise<boolean> => {
  const call = { method: 'DELETE', path: `/containers/${id}`, doing: `remove container ${name}` } as const
  return engine
    .send(call, signal)
    .catch(ignoreAbsent)
    .then(() => true, refuseOnly)
}

const refuseOnly = (error: unknown): false => {
  if (error instanceof EngineError && error.code === 'conflict') return false
  throw error
}

/** By each of its names, the last of which takes it away; why it stays, when the engine refuses. */
const removeImage = async (engine: Api, image: StoredImage, signal: AbortSignal): Promise<string | undefined> => {
  const given = [...image.tags, ...image.digests]
  const names = given.length === 0 ? [image.id] : given
  for (const name of names) {
    const call = { method: 'DELETE', path: `/images/${encodeURI(name)}`, doing: `remove image ${name}` } as const
    try {
      await engine.send({ ...call, timeoutMs: pruneTimeoutMs }, signal).catch(ignoreAbsent)
    } catch (error) {
      if (error instanceof EngineError && error.code === 'conflict') return 'the engine says that it is used'
      throw error
    }
  }
  return undefined
}

/** The cache of builds alone, which nobody has to be asked about. */
export const pruneCache = async (
  engine: Api,
  cache: CacheOrder,
  { isDryRun, signal }: { readonly isDryRun: boolean; readonly signal: AbortSignal },
): Promise<readonly PruneItem[]> => {
  const bytes = isDryRun ? await measureCache(engine, cache, signal) : await clearCache(engine, cache, signal)
  return bytes === 0 ? [] : [{ kind: 'build-cache', name: 'cache of builds', bytes, why: 'no build uses it' }]
}

const clearCache = async (engine: Api, { keepBytes, idleMs }: CacheOrder, signal: AbortSignal): Promise<number> => {
  const filters = { 'unused-for': [`${Math.ceil(idleMs / 1000)}s`] }
  const query = { all: true, 'keep-storage': keepBytes, ...(idleMs === 0 ? {} : { filters }) }
  const call = { method: 'POST', path: '/build/prune', query, doing: 'clear the cache of builds' } as const
  return (await engine.json({ ...call, timeoutMs: pruneTimeoutMs }, buildCacheReply, signal)).SpaceReclaimed
}

const measureCache = async (engine: Api, { keepBytes }: CacheOrder, signal: AbortSignal): Promise<number> => {
  const query = { type: 'build-cache' }
  const call = { method: 'GET', path: '/system/df', query, doing: 'measure the cache of builds' } as const
  const { BuildCache } = await engine.json({ ...call, timeoutMs: pruneTimeoutMs }, usageReply.partial(), signal)
  const idle = (BuildCache ?? []).filter(({ InUse, Shared }) => !InUse && !Shared)
  return Math.max(0, idle.reduce((sum, { Size }) => sum + Size, 0) - keepBytes)
}
