import type { Action, Desired } from './action.ts'
import { effectiveServices } from './effective.ts'
import type { Placement } from './place-volumes.ts'
import type { Observed } from './observed.ts'
import { planRemovals } from './plan-removals.ts'
import { planServices } from './plan-services.ts'

/**
 * The ordered list of what must change so that the observed world becomes the desired one; empty when it already is.
 * Level-triggered: it looks only at what is, never at what was planned before, so planning again heals any interruption.
 * What belongs to somebody else is never in it; `warnings` says where that stands in the way.
 * `now` is in milliseconds since 1970.
 */
export const plan = (desired: Desired, observed: Observed, now: number): readonly Action[] => {
  const { services, placements } = effectiveServices(desired, observed)
  return [
    ...planNetworks(desired, observed),
    ...planConfigs(desired, observed),
    ...planSecrets(desired, observed),
    ...placements.map(planPlacement),
    ...planServices(services, observed, now),
    ...planRemovals(desired, observed),
  ]
}

type Named = { readonly engineName: string }

const findAbsent = <T extends Named & { readonly isExternal: boolean }>(
  wanted: readonly T[],
  present: readonly Named[],
): readonly T[] => {
  const names = new Set(present.map(({ engineName }) => engineName))
  return wanted.filter(({ engineName, isExternal }) => !isExternal && !names.has(engineName))
}

const planNetworks = ({ app }: Desired, { networks }: Observed): readonly Action[] =>
  findAbsent(app.networks, networks).map((network) => ({ kind: 'create-network', network }))

const planConfigs = ({ app }: Desired, { configs }: Observed): readonly Action[] =>
  findAbsent(app.configs, configs).map((file) => ({ kind: 'create-config', file }))

const planSecrets = ({ app }: Desired, { secrets }: Observed): readonly Action[] =>
  findAbsent(app.secrets, secrets).map((file) => ({ kind: 'create-secret', file }))

const planPlacement = ({ volume, node, service }: Placement): Action => ({
  kind: 'place-volume',
  volume,
  nodeId: node.id,
  nodeName: node.name,
  service: service.name,
})
