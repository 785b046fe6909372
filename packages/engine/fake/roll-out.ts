import type { UpdatePolicy } from '@atoll/spec'
import { createTask, hasEnded, isCurrent, isWanted, want } from './task.ts'
import { emit } from './world.ts'
import type { FakeService, FakeTask, World } from './world.ts'

/** An update of running tasks to the service's new specification, place by place. */
export interface Rollout {
  readonly isRollback: boolean
  readonly total: number
  /** Places whose tasks are not replaced yet. */
  readonly waiting: string[]
  active: Step[]
  /** Not before this moment does the next place begin. */
  nextAtMs: number
  /** The update is not over before this moment. */
  monitorUntilMs: number
  readonly failed: Set<string>
}

export interface Step {
  readonly place: string
  readonly old: readonly FakeTask[]
  next?: FakeTask
}

/** Called when the specification changed: begins an update when tasks run that are not as it says. */
export const beginRollout = (world: World, service: FakeService, isRollback = false): void => {
  const { kind } = service.spec.mode
  service.rollout = undefined
  service.update = undefined
  service.givenUp.clear()
  if (kind === 'once' || kind === 'once-per-node') return
  const old = service.tasks.filter((task) => isWanted(task) && !isCurrent(world, service, task))
  const waiting = [...new Set(old.map((task) => task.place))].sort()
  if (waiting.length === 0) return
  service.rollout = {
    isRollback,
    total: waiting.length,
    waiting,
    active: [],
    nextAtMs: world.nowMs,
    monitorUntilMs: world.nowMs,
    failed: new Set(),
  }
  const state = isRollback ? 'rollback_started' : 'updating'
  service.update = {
    state,
    message: state === 'updating' ? 'update in progress' : 'rollback in progress',
    startedAtMs: world.nowMs,
  }
}

/** One step of an update by its policy, as Swarm's updater does it. */
export const rollOut = (world: World, service: FakeService): void => {
  const { rollout } = service
  if (rollout === undefined) return
  const policy = rollout.isRollback ? service.spec.rollback : service.spec.update
  countFailures(world, service, rollout)
  if (rollout.failed.size / rollout.total > policy.maxFailureRatio && policy.failureAction !== 'continue') {
    return giveUp(world, service, { rollout, policy })
  }
  for (const step of rollout.active) advance(world, service, { step, policy })
  finishSteps(world, { rollout, policy })
  beginSteps(world, service, { rollout, policy })
  if (rollout.waiting.length + rollout.active.length === 0 && world.nowMs >= rollout.monitorUntilMs) {
    end(world, service, { state: rollout.isRollback ? 'rollback_completed' : 'completed', message: 'completed' })
  }
}

type Progress = { readonly rollout: Rollout; readonly policy: UpdatePolicy }

const beginSteps = (world: World, service: FakeService, { rollout, policy }: Progress): void => {
  if (world.nowMs < rollout.nextAtMs) return
  const atOnce = policy.parallelism === 0 ? Infinity : policy.parallelism
  while (rollout.active.length < atOnce) {
    const place = rollout.waiting.shift()
    if (place === undefined) return
    const old = service.tasks.filter(
      (task) => task.place === place && isWanted(task) && !isCurrent(world, service, task),
    )
    if (old.length === 0) continue
    if (hasCurrent(world, service, place)) {
      for (const task of old) want(world, { service, task }, 'shutdown')
      return delay(world, { rollout, policy })
    }
    const step: Step = { place, old }
    rollout.active.push(step)
    if (policy.order === 'start-first') startNext(world, service, step)
    else for (const task of old) want(world, { service, task }, 'shutdown')
  }
}

/** As in Swarm, a new task that is still wanted is all its place needs, however far it got and whatever its health. */
const hasCurrent = (world: World, service: FakeService, place: string): boolean =>
  service.tasks.some(
    (task) => task.place === place && isWanted(task) && !hasEnded(task) && isCurrent(world, service, task),
  )

const delay = (world: World, { rollout, policy }: Progress): void => {
  rollout.nextAtMs = world.nowMs + policy.delayMs
  rollout.monitorUntilMs = world.nowMs + policy.monitorMs
}

const startNext = (world: World, service: FakeService, step: Step): void => {
  const { slot, nodeId } = step.old[0] ?? {}
  const isGlobal = service.spec.mode.kind === 'global'
  step.next = createTask(world, service, {
    place: step.place,
    ...(slot === undefined ? {} : { slot }),
    ...(isGlobal && nodeId !== undefined ? { nodeId } : {}),
  })
}

const advance = (world: World, service: FakeService, { step, policy }: { step: Step; policy: UpdatePolicy }): void => {
  if (step.next === undefined) {
    if (step.old.every(hasEnded)) startNext(world, service, step)
    return
  }
  if (policy.order === 'start-first' && step.next.state === 'running') {
    for (const task of step.old) want(world, { service, task }, 'shutdown')
  }
}

const isSettled = ({ next }: Step): boolean => next !== undefined && (next.state === 'running' || hasEnded(next))

const finishSteps = (world: World, { rollout, policy }: Progress): void => {
  const settled = rollout.active.filter(isSettled)
  if (settled.length === 0) return
  rollout.active = rollout.active.filter((step) => !isSettled(step))
  delay(world, { rollout, policy })
}

/** Every new task that fails while the update lasts, its monitor time included, counts. */
const countFailures = (world: World, service: FakeService, rollout: Rollout): void => {
  const sinceMs = service.update?.startedAtMs ?? 0
  for (const task of service.tasks) {
    const hasFailed = hasEnded(task) && task.state !== 'shutdown' && task.createdAtMs >= sinceMs
    if (hasFailed && isCurrent(world, service, task)) rollout.failed.add(task.id)
  }
}

const giveUp = (world: World, service: FakeService, { rollout, policy }: Progress): void => {
  const message = `update paused due to failure or early termination of task ${[...rollout.failed].join(' ')}`
  if (rollout.isRollback || policy.failureAction === 'pause' || service.previous === undefined) {
    return end(world, service, { state: rollout.isRollback ? 'rollback_paused' : 'paused', message })
  }
  Object.assign(service, service.previous, { previous: undefined })
  service.specVersion += 1
  beginRollout(world, service, true)
  if (service.rollout === undefined) end(world, service, { state: 'rollback_completed', message: 'rollback completed' })
}

const end = (
  world: World,
  service: FakeService,
  outcome: Pick<NonNullable<FakeService['update']>, 'state' | 'message'>,
): void => {
  const startedAtMs = service.update?.startedAtMs ?? world.nowMs
  const isPaused = outcome.state === 'paused' || outcome.state === 'rollback_paused'
  service.rollout = undefined
  service.update = { ...outcome, startedAtMs, ...(isPaused ? {} : { completedAtMs: world.nowMs }) }
  emit(world, 'service', { id: service.id, ...(service.owner === undefined ? {} : { ref: service.owner }) })
}
