import type { Service } from '@atoll/spec'
import type { ObservedNode } from './observed.ts'
import { staysWithVolume, volumeMounts } from './place-volumes.ts'
import { isWitness } from './witness.ts'

/** As the engine is asked for it. */
const zoneSpread = 'node.labels.zone'

export const findZone = ({ labels }: Pick<ObservedNode, 'labels'>): string | undefined =>
  labels['zone'] === '' ? undefined : labels['zone']

/** Whether services can be spread over zones: of the nodes that may run them some stand elsewhere than others. */
export const hasZones = (nodes: readonly ObservedNode[]): boolean =>
  new Set(nodes.filter((node) => !isWitness(node)).flatMap((node) => findZone(node) ?? [])).size > 1

/**
 * Zones come first where a service asks for nothing else, so that the loss of one takes no more than its share. Whether a node is
 * away or drained is not looked at: what is asked for must not change with that. One task, or those that stay with a volume, are in
 * one place anyway, and are better off on the emptiest node.
 */
export const spreadOverZones = (service: Service, nodes: readonly ObservedNode[]): Service => {
  const { mode, placement } = service
  if (mode.kind !== 'replicated' || mode.replicas < 2 || placement.spread.length > 0 || !hasZones(nodes)) return service
  if (staysWithVolume(service) && volumeMounts(service).length > 0) return service
  return { ...service, placement: { ...placement, spread: [zoneSpread] } }
}
