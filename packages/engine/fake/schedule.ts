import { exclusions } from '@atoll/plan'
import { enter, hasEnded, isWanted } from './task.ts'
import type { FakeNode, FakeService, FakeTask, World } from './world.ts'

/** Gives every task without a node the emptiest that can take it, or says why none can. */
export const schedule = (world: World, service: FakeService): void => {
  for (const task of service.tasks) {
    if (task.state !== 'new' && task.state !== 'pending') continue
    if (!isWanted(task)) continue
    const reasons = new Map<string, number>()
    const node = chooseNode(world, { service, task, reasons })
    if (node !== undefined) {
      enter(
        world,
        { service, task },
        { state: 'assigned', message: 'assigned to node', nodeId: node.id, error: undefined },
      )
      continue
    }
    const error = `no suitable node (${[...reasons].map(([reason, count]) => `${reason} on ${nodesText(count)}`).join('; ')})`
    if (task.state !== 'pending' || task.error !== error) {
      enter(world, { service, task }, { state: 'pending', message: 'pending task scheduling', error })
    }
  }
}

const nodesText = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`)

const chooseNode = (world: World, wish: Wish & { readonly reasons: Map<string, number> }): FakeNode | undefined => {
  const { service, task, reasons } = wish
  const nodes = task.nodeId === undefined ? world.nodes : world.nodes.filter((node) => node.id === task.nodeId)
  const fitting = nodes.filter((node) => {
    const reason = findReason(world, wish, node)
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    return reason === undefined
  })
  const count = (node: FakeNode): number => tasksOn(service, node).length * 1000 + allTasksOn(world, node).length
  return fitting.toSorted((a, b) => spread(wish, a, world) - spread(wish, b, world) || count(a) - count(b))[0]
}

const tasksOn = (service: FakeService, node: FakeNode): readonly FakeTask[] =>
  service.tasks.filter((task) => task.nodeId === node.id && isWanted(task) && !hasEnded(task))

const allTasksOn = (world: World, node: FakeNode): readonly FakeTask[] =>
  [...world.services.values()].flatMap((service) => tasksOn(service, node))

type Wish = { readonly service: FakeService; readonly task: FakeTask }

/** Tasks of the service on nodes that share this one's value of the outermost spread preference. */
const spread = ({ service, task }: Wish, node: FakeNode, world: World): number => {
  const label = task.service.placement.spread[0]?.replace('node.labels.', '')
  if (label === undefined) return 0
  const alike = world.nodes.filter((other) => other.labels[label] === node.labels[label])
  return alike.flatMap((other) => tasksOn(service, other)).length
}

/**
 * Swarm's words for what keeps a task off a node, as its scheduler's filters say them. A task goes by the definition it was
 * made from, which may be older than the service's.
 */
const findReason = (world: World, { service, task }: Wish, node: FakeNode): string | undefined => {
  const excluded = exclusions(task.service, [node])[0]
  if (excluded?.rule === 'constraint') return 'scheduling constraints not satisfied'
  if (excluded?.rule === 'state') return 'not available for new tasks'
  if (excluded !== undefined || isFull(world, task, node)) return 'insufficient resources'
  const { maxPerNode } = task.service.placement
  if (maxPerNode > 0 && tasksOn(service, node).length >= maxPerNode) return 'max replicas per node limit exceed'
  return isPortTaken(world, task, node) ? 'host-mode port already in use' : undefined
}

const isFull = (world: World, task: FakeTask, node: FakeNode): boolean =>
  (['memoryBytes', 'nanoCpus'] as const).some((key) => {
    const all = [task, ...allTasksOn(world, node)]
    return all.reduce((sum, { service }) => sum + (service.resources.reservations[key] ?? 0), 0) > node[key]
  })

const isPortTaken = (world: World, task: FakeTask, node: FakeNode): boolean => {
  const ports = nodePorts(task.service.ports)
  const running = [...world.services.values()].flatMap((service) =>
    // One of a global service has its node from the beginning.
    service.tasks.filter((other) => other !== task && other.nodeId === node.id && !hasEnded(other)),
  )
  return running.some((other) => nodePorts(other.service.ports).some((port) => ports.includes(port)))
}

const nodePorts = (ports: FakeTask['service']['ports']): readonly string[] =>
  ports.flatMap(({ mode, published, protocol }) =>
    mode === 'host' && published !== undefined ? [`${published}/${protocol}`] : [],
  )
