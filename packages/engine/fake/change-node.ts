import type { NodeChange } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { hasEnded } from './task.ts'
import { emit } from './world.ts'
import type { World } from './world.ts'

/** Changes of a node what is named, or throws EngineError and leaves all as it was. */
export const changeFakeNode = (
  world: World,
  nodeId: string,
  { labels = {}, removedLabels = [], availability }: NodeChange,
): void => {
  const node = world.nodes.find(({ id }) => id === nodeId)
  if (node === undefined) throw new EngineError('not-found', `change node ${nodeId}: there is no such node`)
  const removed = new Set(removedLabels)
  const kept = Object.entries(node.labels).filter(([key]) => !removed.has(key))
  node.labels = { ...Object.fromEntries(kept), ...labels }
  node.availability = availability ?? node.availability
  emit(world, 'node', { id: node.id })
}

/** Its tasks are orphans then, and others are made for them. */
export const removeFakeNode = (world: World, nodeId: string, { isForced }: { readonly isForced: boolean }): void => {
  const at = world.nodes.findIndex(({ id }) => id === nodeId)
  const node = world.nodes[at]
  if (node === undefined) return
  const doing = `remove node ${node.name}`
  if (node.isManager) throw new EngineError('refused', `${doing}: it is a manager; make it a worker before`)
  if (node.state !== 'down' && !isForced) throw new EngineError('refused', `${doing}: it is not down`)
  world.nodes.splice(at, 1)
  for (const service of world.services.values()) {
    for (const task of service.tasks.filter((each) => each.nodeId === nodeId && !hasEnded(each))) {
      Object.assign(task, { desired: 'shutdown', state: 'orphaned', sinceMs: world.nowMs })
    }
  }
  emit(world, 'node', { id: nodeId })
}
