import type { NodeRole } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { emit } from './world.ts'
import type { FakeNode, World } from './world.ts'

/** Makes a node a manager or a worker at once, or throws EngineError and leaves all as it was. */
export const changeFakeRole = (world: World, nodeId: string, role: NodeRole): void => {
  const node = world.nodes.find(({ id }) => id === nodeId)
  if (node === undefined) throw new EngineError('not-found', `make ${nodeId} a ${role}: there is no such node`)
  if (node.isManager === (role === 'manager')) return
  if (role === 'worker') demote(world, node)
  node.isManager = role === 'manager'
  emit(world, 'node', { id: node.id })
}

const demote = (world: World, node: FakeNode): void => {
  const others = world.nodes.filter((other) => other.isManager && other !== node)
  const ready = others.filter(({ state }) => state === 'ready')
  const [next] = ready
  if (next === undefined || ready.length * 2 <= others.length) {
    throw new EngineError('refused', `make ${node.name} a worker: the managers that are left would have no quorum`)
  }
  if (!node.isLeader) return
  node.isLeader = false
  next.isLeader = true
  // A node that leads cannot be gone: that it is listed as down ends with its leading.
  if (node.state === 'down') node.state = 'ready'
}
