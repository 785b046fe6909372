import type { Service } from '@atoll/spec'
import type { Desired, Warning } from './action.ts'
import { effectiveServices } from './effective.ts'
import type { Observed } from './observed.ts'
import { warnOfDisk } from './warnings/disk.ts'
import { warnOfInterruptions } from './warnings/interruptions.ts'
import { warnOfNodes } from './warnings/nodes.ts'
import { warnOfForeignNames, warnOfFixedNetworks } from './warnings/names.ts'
import { warnOfPolicy } from './warnings/policy.ts'
import { warnOfSharedVolumes } from './warnings/shared-volumes.ts'
import { warnOfSubnets } from './warnings/subnets.ts'
import { warnOfVolumePlaces } from './warnings/volume-places.ts'

/** What going from the observed world to the desired one would harm, or could not reach; blocking ones first. */
export const warnings = (desired: Desired, observed: Observed): readonly Warning[] => {
  const effective = effectiveServices(desired, observed)
  const written = new Map(desired.app.services.map((service) => [service.name, service]))
  const found = [
    ...warnOfForeignNames(desired, observed),
    ...warnOfFixedNetworks(desired, observed),
    ...warnOfSubnets(desired.app, observed.nodes),
    ...warnOfSharedVolumes(desired.app.services),
    ...effective.services.flatMap((service) => warnOfService(written.get(service.name) ?? service, service, observed)),
    ...warnOfInterruptions(effective.services, observed),
  ]
  return [...found.filter(({ isBlocking }) => isBlocking), ...found.filter(({ isBlocking }) => !isBlocking)]
}

/** A service that no node can take for one reason needs no second one. */
const warnOfService = (written: Service, service: Service, observed: Observed): readonly Warning[] => {
  const places = warnOfVolumePlaces(written, observed)
  if (places.length > 0) return places
  const nodes = warnOfNodes(written, observed.nodes)
  if (nodes.some(({ isBlocking }) => isBlocking)) return nodes
  return [...nodes, ...warnOfPolicy(service, observed.nodes), ...warnOfDisk(service, observed)]
}
