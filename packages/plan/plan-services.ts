import type { Service } from '@atoll/spec'
import type { Action } from './action.ts'
import { isConditionMet } from './conditions.ts'
import { diffServices } from './diff.ts'
import type { FieldChange, Observed, ObservedService } from './observed.ts'

/** A paused update is sent again no sooner than this after it began, so that what cannot work does not spin. */
const reapplyAfterMs = 10_000

/** On top of what one step of an update may take by its own settings. */
const forgottenAfterMs = 10_000

type Wait = Extract<Action, { kind: 'await-service' }>

/** A service that needs something, and what it has to see first. */
interface Need {
  readonly action: Action
  readonly waits: readonly Wait[]
  /** How many waits, one behind the other, stand before it. */
  readonly wave: number
}

/**
 * What each service needs. Those that wait for nothing come first, so that nobody waits for a stranger; then, wave by wave,
 * the waits and those behind them. `services` are in the order of their dependencies.
 */
export const planServices = (services: readonly Service[], observed: Observed, now: number): readonly Action[] => {
  const found = new Map(observed.services.map((service) => [service.engineName, service]))
  const byName = new Map(services.map((service) => [service.name, service]))
  const needs = new Map<string, Need>()
  for (const service of services) {
    const action = planService(service, found.get(service.engineName), now)
    if (action === undefined) continue
    const waits = planWaits(service, { byName, found, needs, observed })
    const wave = Math.max(0, ...waits.map((wait) => (needs.get(wait.service)?.wave ?? 0) + 1))
    needs.set(service.name, { action, waits, wave })
  }
  return orderByWave([...needs.values()])
}

const orderByWave = (needs: readonly Need[]): readonly Action[] => {
  const waves: Need[][] = []
  for (const need of needs) (waves[need.wave] ??= []).push(need)
  const awaited = new Set<string>()
  return waves.flatMap((wave) => [...takeWaits(wave, awaited), ...wave.map((need) => need.action)])
}

/** Each wait once, where it is needed first. */
const takeWaits = (wave: readonly Need[], awaited: Set<string>): readonly Wait[] => {
  const waits: Wait[] = []
  for (const wait of wave.flatMap((need) => need.waits)) {
    const key = `${wait.condition} ${wait.service}`
    if (!awaited.has(key)) waits.push(wait)
    awaited.add(key)
  }
  return waits
}

const planService = (service: Service, found: ObservedService | undefined, now: number): Action | undefined => {
  if (found === undefined) return { kind: 'create-service', service }
  if (!found.isOwned) return undefined
  const changes = findChanges(service, found, now)
  if (changes.length === 0) return undefined
  const isReplaced = found.definition !== undefined && found.definition.mode.kind !== service.mode.kind
  return { kind: isReplaced ? 'replace-service' : 'update-service', id: found.id, service, changes }
}

/** What differs from what was asked for last, then what somebody changed since, then an update the engine gave up. */
const findChanges = (service: Service, found: ObservedService, now: number): readonly FieldChange[] => {
  if (found.definition === undefined) return [{ field: 'definition', from: '"unreadable"', to: '"as desired"' }]
  const own = diffServices(found.definition, service)
  const fields = new Set(own.map((change) => change.field))
  const changes = [...own, ...found.drift.filter((change) => !fields.has(change.field))]
  if (changes.length > 0 || hasUnproven(service, found, now)) return changes
  return isGivenUp(found.update, now) || isForgotten(service, found, now) ? [again(found.update)] : []
}

/**
 * Whether a new task has yet to run for the monitor time, one that waits for its next attempt included. An update must
 * not be sent again beside one: Swarm's updater takes a new task it finds in a slot for done, whatever its health, stops
 * the old one there and goes on to the next slot. So a release that fails would stop the one before, task by task.
 */
const hasUnproven = ({ update }: Service, { tasks }: ObservedService, now: number): boolean =>
  tasks.some(
    ({ isCurrent, desired, state, sinceMs }) =>
      isCurrent &&
      (desired === 'running' || desired === 'ready') &&
      (state !== 'running' || now - sinceMs < update.monitorMs),
  )

/**
 * Swarm 20.10 waits for ever for a task it started on a node that is lost: its replacement runs, the old tasks stay, and
 * the update goes on "updating". So when all new tasks run and nothing has moved for longer than a step may take, it is
 * sent again.
 */
const isForgotten = (service: Service, { update, tasks }: ObservedService, now: number): boolean => {
  if (update?.state !== 'updating') return false
  const movedAtMs = Math.max(update.startedAtMs ?? 0, ...tasks.map(({ sinceMs }) => sinceMs))
  const { monitorMs, delayMs } = service.update
  return now - movedAtMs >= forgottenAfterMs + monitorMs + delayMs + (service.stopGraceMs ?? 10_000)
}

/** `rollback_completed` is none of these: the engine then runs, and says it runs, the definition it went back to. */
const isGivenUp = (update: ObservedService['update'], now: number): boolean =>
  (update?.state === 'paused' || update?.state === 'rollback_paused') &&
  now - (update.startedAtMs ?? 0) >= reapplyAfterMs

const again = (update: ObservedService['update']): FieldChange => ({
  field: 'update',
  from: JSON.stringify(update?.state),
  to: '"again"',
})

interface Surroundings {
  readonly byName: ReadonlyMap<string, Service>
  readonly found: ReadonlyMap<string, ObservedService>
  /** By name of the service: what this plan does before. */
  readonly needs: ReadonlyMap<string, Need>
  readonly observed: Observed
}

const planWaits = (service: Service, { byName, found, needs, observed }: Surroundings): readonly Wait[] =>
  service.dependsOn.flatMap(({ service: name, condition }) => {
    const dependency = byName.get(name)
    if (dependency === undefined) return []
    const { engineName } = dependency
    const present = found.get(engineName)
    if (present !== undefined && !present.isOwned) return []
    const isMet = !needs.has(name) && isConditionMet(condition, dependency, { service: present, nodes: observed.nodes })
    return isMet ? [] : [{ kind: 'await-service', service: name, engineName, condition }]
  })
