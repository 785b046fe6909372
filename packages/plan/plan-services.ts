import type { Service } from '@atoll/spec'
import type { Action } from './action.ts'
import { isConditionMet } from './conditions.ts'
import { diffServices } from './diff.ts'
import type { FieldChange, Observed, ObservedService } from './observed.ts'

/** A paused update is tried again no sooner than this after it began, so that what cannot work does not spin. */
export const reapplyAfterMs = 10_000

/** What each service needs, in the order given, with a wait wherever one must see another ready first. */
export const planServices = (services: readonly Service[], observed: Observed, now: number): readonly Action[] => {
  const found = new Map(observed.services.map((service) => [service.engineName, service]))
  const byName = new Map(services.map((service) => [service.name, service]))
  const changed = new Set<string>()
  const awaited = new Set<string>()
  const actions: Action[] = []
  for (const service of services) {
    const action = planService(service, found.get(service.engineName), now)
    if (action === undefined) continue
    for (const wait of planWaits(service, { byName, found, changed, observed })) {
      const key = `${wait.condition} ${wait.service}`
      if (!awaited.has(key)) actions.push(wait)
      awaited.add(key)
    }
    actions.push(action)
    changed.add(service.name)
  }
  return actions
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
  if (found.definition === undefined) return [{ field: 'definition', from: '"unreadable"', to: '"as below"' }]
  const own = diffServices(found.definition, service)
  const fields = new Set(own.map((change) => change.field))
  const changes = [...own, ...found.drift.filter((change) => !fields.has(change.field))]
  return changes.length === 0 && isGivenUp(found.update, now) ? [again(found.update)] : changes
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
  /** Names of services this plan has changed before. */
  readonly changed: ReadonlySet<string>
  readonly observed: Observed
}

type Wait = Extract<Action, { kind: 'await-service' }>

const planWaits = (service: Service, { byName, found, changed, observed }: Surroundings): readonly Wait[] =>
  service.dependsOn.flatMap(({ service: name, condition }) => {
    const dependency = byName.get(name)
    if (dependency === undefined) return []
    const { engineName } = dependency
    const present = found.get(engineName)
    const isMet =
      !changed.has(name) && isConditionMet(condition, dependency, { service: present, nodes: observed.nodes })
    const isForeign = present !== undefined && !present.isOwned
    return isMet || isForeign ? [] : [{ kind: 'await-service', service: name, engineName, condition }]
  })
