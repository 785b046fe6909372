import { isSatisfied } from '@atoll/plan'
import { createTask, hasEnded, isCurrent, isWanted, want } from './task.ts'
import { chooseSlots } from './slots.ts'
import { findNode } from './world.ts'
import type { FakeNode, FakeService, FakeTask, World } from './world.ts'

const restartDelayMs = 5_000
const historyPerPlace = 5

/** Keeps as many tasks as the service wants: fills places, restarts what ended, leaves nodes that are gone, forgets old tasks. */
export const orchestrate = (world: World, service: FakeService): void => {
  if (service.spec.mode.kind === 'once' || service.spec.mode.kind === 'once-per-node') continueJob(world, service)
  else keepRunning(world, service)
  service.tasks = service.tasks.filter((task) => !(task.desired === 'remove' && hasEnded(task)))
  forgetOld(service)
}

const keepRunning = (world: World, service: FakeService): void => {
  for (const task of service.tasks.filter(isWanted)) {
    if (isStranded(world, task)) want(world, { service, task }, 'shutdown')
  }
  const wanted = wantedPlaces(world, service)
  const names = new Set(wanted.map(({ place }) => place))
  for (const task of service.tasks.filter((task) => isWanted(task) && !names.has(task.place))) {
    want(world, { service, task }, 'remove')
  }
  for (const place of wanted) keepPlace(world, service, place)
}

interface Place {
  readonly place: string
  readonly slot?: number
  readonly nodeId?: string
}

const wantedPlaces = (world: World, service: FakeService): readonly Place[] => {
  const { spec } = service
  if (spec.mode.kind === 'replicated') {
    return chooseSlots(service, spec.mode.replicas).map((slot) => ({ place: String(slot), slot }))
  }
  if (spec.mode.kind === 'once') {
    return Array.from({ length: spec.mode.completions }, (_, index) => ({ place: String(index + 1), slot: index + 1 }))
  }
  const nodes = world.nodes.filter(
    (node) => isTaking(node) && spec.placement.constraints.every((constraint) => isSatisfied(constraint, node)),
  )
  return nodes.map(({ id }) => ({ place: id, nodeId: id }))
}

const isTaking = (node: FakeNode): boolean => node.state === 'ready' && node.availability === 'active'

const isStranded = (world: World, task: FakeTask): boolean => {
  const node = findNode(world, task.nodeId)
  return node !== undefined && (node.state !== 'ready' || node.availability === 'drain')
}

/** One place has one wanted task; two for the moment of a start-first update. */
const keepPlace = (world: World, service: FakeService, place: Place): void => {
  const tasks = service.tasks.filter((task) => task.place === place.place)
  const wanted = tasks.filter(isWanted)
  const failed = wanted.filter(hasEnded)
  for (const task of failed) want(world, { service, task }, 'shutdown')
  if (wanted.length > failed.length || service.givenUp.has(place.place)) return
  if (isBeingReplaced(service, place)) return
  if (failed[0] !== undefined && !mayRestart(service, failed[0], tasks)) {
    service.givenUp.add(place.place)
    return
  }
  const delayMs = failed.length > 0 ? (service.spec.restart.delayMs ?? restartDelayMs) : 0
  createTask(world, service, { ...place, startAtMs: world.nowMs + delayMs })
}

/** The rollout starts the next task of this place itself, once the old one has stopped. */
const isBeingReplaced = (service: FakeService, { place }: Place): boolean =>
  service.rollout?.active.some((step) => step.place === place && step.next === undefined) ?? false

const mayRestart = ({ spec }: FakeService, task: FakeTask, tasks: readonly FakeTask[]): boolean => {
  const { condition, maxAttempts } = spec.restart
  if (condition === 'none' || (condition === 'on-failure' && task.state === 'complete')) return false
  if (maxAttempts === undefined || maxAttempts === 0) return true
  const attempts = tasks.filter((other) => other.spec === task.spec && hasEnded(other))
  return attempts.length <= maxAttempts
}

/** A job's tasks run to their end, so many at once, and are made anew when it changes. */
const continueJob = (world: World, service: FakeService): void => {
  for (const task of service.tasks.filter((task) => !isCurrent(world, service, task))) {
    want(world, { service, task }, 'remove')
  }
  const { mode } = service.spec
  const atOnce = mode.kind === 'once' ? mode.concurrency || mode.completions : Infinity
  const current = service.tasks.filter((task) => isCurrent(world, service, task))
  for (const task of current) {
    if (task.state === 'complete') want(world, { service, task }, 'complete')
  }
  let running = current.filter((task) => isWanted(task) && !hasEnded(task)).length
  for (const place of wantedPlaces(world, service)) {
    const isDone = current.some((task) => task.place === place.place && task.state === 'complete')
    if (isDone || running >= atOnce) continue
    const before = service.tasks.length
    keepPlace(world, service, place)
    if (service.tasks.length > before) running += 1
  }
}

const forgetOld = (service: FakeService): void => {
  const counts = new Map<string, number>()
  service.tasks = service.tasks.filter((task) => {
    if (isWanted(task) || !hasEnded(task) || task.desired === 'complete') return true
    const count = (counts.get(task.place) ?? 0) + 1
    counts.set(task.place, count)
    return count <= historyPerPlace
  })
}
