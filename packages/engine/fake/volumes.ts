import type { EnvironmentRef, MoveVolumeRequest } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { findNode, isOwner } from './world.ts'
import type { World } from './world.ts'

export const sizeVolumes = (world: World, ref: EnvironmentRef): Readonly<Record<string, number>> =>
  Object.fromEntries(
    world.volumes
      .filter((volume) => isOwner(volume.ref, ref) && findNode(world, volume.nodeId)?.state === 'ready')
      .map(({ engineName, sizeBytes }) => [engineName, sizeBytes]),
  )

/** The old copy stays, as it does in a real engine. */
export const moveFakeVolume = (world: World, { ref, engineName, toNodeId, onProgress }: MoveVolumeRequest): void => {
  const doing = `move volume ${engineName}`
  const place = world.places.get(engineName)
  if (place === undefined || !isOwner(place.owner, ref))
    throw new EngineError('not-found', `${doing}: it has no place yet`)
  const target = findNode(world, toNodeId)
  if (target?.state !== 'ready') throw new EngineError('unreachable', `${doing}: node ${toNodeId} does not answer`)
  if (place.nodeId === target.id) return
  const source = world.volumes.find((volume) => volume.engineName === engineName && volume.nodeId === place.nodeId)
  if (findNode(world, place.nodeId)?.state !== 'ready') {
    throw new EngineError('unreachable', `${doing}: ${place.nodeName}, which holds it, does not answer; start it first`)
  }
  if (source !== undefined) {
    const copy = world.volumes.find((volume) => volume.engineName === engineName && volume.nodeId === target.id)
    if (copy === undefined) world.volumes.push({ ...source, nodeId: target.id })
    else Object.assign(copy, { ...source, nodeId: target.id })
    onProgress(source.sizeBytes)
  }
  Object.assign(place, { nodeId: target.id, nodeName: target.name })
}

export const removeFakeVolume = (
  world: World,
  { ref, engineName, nodeId }: { readonly ref: EnvironmentRef; readonly engineName: string; readonly nodeId: string },
): void => {
  const index = world.volumes.findIndex((volume) => volume.engineName === engineName && volume.nodeId === nodeId)
  const volume = world.volumes[index]
  if (volume !== undefined) {
    if (!isOwner(volume.ref, ref)) {
      throw new EngineError('refused', `remove volume ${engineName}: it is not ${ref.app}/${ref.environment}'s`)
    }
    world.volumes.splice(index, 1)
  }
  const place = world.places.get(engineName)
  if (place?.nodeId === nodeId && isOwner(place.owner, ref)) world.places.delete(engineName)
}
