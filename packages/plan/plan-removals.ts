import type { Service } from '@atoll/spec'
import type { Action, Desired } from './action.ts'
import type { Observed } from './observed.ts'
import { orderByDependencies } from './order.ts'

interface Removable {
  readonly id: string
  readonly engineName: string
  readonly isOwned: boolean
}

/**
 * What is ours and no longer wanted: services first (dependents before what they depend on), then what only they used.
 * Configs and secrets stay while a release one can go back to needs them. Volumes are never removed by a plan.
 */
export const planRemovals = (desired: Desired, observed: Observed): readonly Action[] => {
  const { app, keep } = desired
  const unwanted = <T extends Removable>(
    present: readonly T[],
    wanted: readonly { engineName: string }[],
  ): readonly T[] => {
    const names = new Set(wanted.map(({ engineName }) => engineName))
    return present.filter(({ engineName, isOwned }) => isOwned && !names.has(engineName))
  }
  const kept = keep.map((engineName) => ({ engineName }))
  return [
    ...orderForRemoval(unwanted(observed.services, app.services)).map(removal('remove-service')),
    ...unwanted(observed.networks, app.networks).map(removal('remove-network')),
    ...unwanted(observed.configs, [...app.configs, ...kept]).map(removal('remove-config')),
    ...unwanted(observed.secrets, [...app.secrets, ...kept]).map(removal('remove-secret')),
  ]
}

type Removal = Extract<Action, { kind: 'remove-service' | 'remove-network' | 'remove-config' | 'remove-secret' }>

const removal =
  (kind: Removal['kind']) =>
  ({ id, engineName }: Removable): Action => ({ kind, id, engineName })

const orderForRemoval = (services: Observed['services']): Observed['services'] => {
  const definitions = services.flatMap(({ definition }) => definition ?? [])
  const rank = new Map<Service, number>(orderByDependencies(definitions).map((service, index) => [service, index]))
  const rankOf = (service: Observed['services'][number]): number =>
    service.definition === undefined ? -1 : (rank.get(service.definition) ?? -1)
  return services.toSorted((a, b) => rankOf(b) - rankOf(a) || (a.engineName < b.engineName ? -1 : 1))
}
