import { EngineError } from '../errors.ts'
import { chooseGarbage, toItem } from '../storage/choose-garbage.ts'
import type { Inventory, StoredContainer, StoredImage } from '../storage/inventory.ts'
import { digestOf } from '../storage/inventory.ts'
import type { NodeDisk, NodeUsage, PruneReport, PruneRequest } from '../storage/storage.ts'
import { findNode } from './world.ts'
import type { World } from './world.ts'

/** What one node of the fake keeps; a test puts there what it needs. */
export interface FakeStore {
  images: StoredImage[]
  /** Besides those of tasks. */
  containers: StoredContainer[]
  cacheBytes: number
  disk: NodeDisk
}

const gigabyte = 1e9

const createStore = (): FakeStore => ({
  images: [],
  containers: [],
  cacheBytes: 0,
  disk: { sizeBytes: 100 * gigabyte, freeBytes: 80 * gigabyte, usedShare: 0.2, scarce: 'bytes' },
})

/** The node's own; a test that looks at it before anything else makes it. */
export const storeOf = (world: World, nodeId: string): FakeStore => {
  const node = findNode(world, nodeId)
  if (node?.state !== 'ready') throw new EngineError('not-found', `reach node ${nodeId}: its engine cannot be reached`)
  const store = world.stores.get(node.id) ?? createStore()
  world.stores.set(node.id, store)
  return store
}

export const measureFakeUsage = (world: World, nodeId: string): NodeUsage => {
  const { cacheBytes, images } = storeOf(world, nodeId)
  const inventory = readInventory(world, nodeId)
  const used = new Set(inventory.containers.map(({ imageId }) => imageId))
  const add = (some: readonly StoredImage[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0)
  const volumes = world.volumes.filter((volume) => volume.nodeId === nodeId)
  return {
    images: {
      count: images.length,
      bytes: add(images),
      reclaimableBytes: add(images.filter(({ id }) => !used.has(id))),
    },
    containers: { count: inventory.containers.length, bytes: 0, reclaimableBytes: 0 },
    volumes: {
      count: volumes.length,
      bytes: volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      reclaimableBytes: 0,
    },
    buildCache: { count: cacheBytes > 0 ? 1 : 0, bytes: cacheBytes, reclaimableBytes: cacheBytes },
  }
}

export const pruneFake = (world: World, nodeId: string, request: PruneRequest): PruneReport => {
  const store = storeOf(world, nodeId)
  const { images, containers } = chooseGarbage(readInventory(world, nodeId), { ...request, nowMs: world.nowMs })
  const cache =
    store.cacheBytes === 0
      ? []
      : [{ kind: 'build-cache' as const, name: 'cache of builds', bytes: store.cacheBytes, why: 'no build uses it' }]
  const ended = containers.map(({ thing, why, isGarbage }) => ({
    isGarbage,
    item: { kind: 'container' as const, name: thing.name, why },
  }))
  const judged = [...ended, ...images.map((choice) => ({ isGarbage: choice.isGarbage, item: toItem(choice) }))]
  if (!request.isDryRun) {
    const gone = new Set([...images, ...containers].filter(({ isGarbage }) => isGarbage).map(({ thing }) => thing.id))
    store.images = store.images.filter(({ id }) => !gone.has(id))
    store.containers = store.containers.filter(({ id }) => !gone.has(id))
    store.cacheBytes = 0
  }
  return {
    removed: [...cache, ...judged.filter(({ isGarbage }) => isGarbage).map(({ item }) => item)],
    left: judged.filter(({ isGarbage }) => !isGarbage).map(({ item }) => item),
  }
}

export const listFakeServiceImages = (world: World): readonly string[] => [
  ...new Set(
    [...world.services.values()].flatMap(({ spec, previous }) => [
      spec.image,
      ...(previous === undefined ? [] : [previous.spec.image]),
    ]),
  ),
]

const readInventory = (world: World, nodeId: string): Inventory => {
  const { images, containers } = storeOf(world, nodeId)
  return { images, containers: [...containers, ...listTasks(world, nodeId, images)] }
}

/** Tasks that run have a container of the image that the store has under their digest or tag. */
const listTasks = (world: World, nodeId: string, images: readonly StoredImage[]): readonly StoredContainer[] =>
  [...world.services.values()].flatMap(({ engineName, owner, tasks }) =>
    tasks
      .filter((task) => task.nodeId === nodeId && task.containerId !== undefined && task.state === 'running')
      .map((task) => ({
        id: task.containerId ?? '',
        name: `${engineName}.${task.place}.${task.id}`,
        imageId: findImage(images, task.service.image)?.id ?? '',
        state: 'running',
        labels: owner === undefined ? {} : { 'atoll.app': owner.app, 'atoll.environment': owner.environment },
        createdAtMs: task.createdAtMs,
      })),
  )

const findImage = (images: readonly StoredImage[], reference: string): StoredImage | undefined =>
  images.find(
    ({ digests, tags }) =>
      tags.includes(reference) || digests.some((digest) => digestOf(digest) === (digestOf(reference) ?? '')),
  )
