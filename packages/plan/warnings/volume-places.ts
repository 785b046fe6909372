import type { Service } from '@atoll/spec'
import type { Warning } from '../action.ts'
import { findFitExclusion, findStateExclusion } from '../exclusions.ts'
import type { Observed, ObservedVolume } from '../observed.ts'
import { isNodeBound, staysWithVolume } from '../place-volumes.ts'

/** Volumes whose service cannot start where they are: it would have to move, and would find nothing. `service` is without pins. */
export const warnOfVolumePlaces = (service: Service, observed: Observed): readonly Warning[] => {
  if (!staysWithVolume(service)) return []
  const places = placesOf(service, observed)
  const [first, second] = places
  if (first === undefined) return []
  if (second !== undefined && second.nodeId !== first.nodeId) return [apart(service, first, second)]
  return findObstacle(service, first, observed)
}

const placesOf = (service: Service, observed: Observed): readonly ObservedVolume[] => {
  const names = new Set(
    service.mounts.flatMap((mount) =>
      mount.kind === 'volume' && isNodeBound(mount.definition) ? [mount.definition.engineName] : [],
    ),
  )
  const places = observed.volumes.filter(({ engineName }) => names.has(engineName))
  return places.toSorted((a, b) => Number(a.nodeId !== places[0]?.nodeId) - Number(b.nodeId !== places[0]?.nodeId))
}

const elsewhere = (service: Service, message: string, hint: string): Warning => ({
  kind: 'volume-elsewhere',
  service: service.name,
  message: `${service.name}: ${message}`,
  hint,
  isBlocking: true,
})

const apart = (service: Service, first: ObservedVolume, second: ObservedVolume): Warning =>
  elsewhere(
    service,
    `its volumes are on different nodes: ${first.engineName} on ${first.nodeName}, ${second.engineName} on ${second.nodeName}`,
    `move one: atoll volume move ${second.engineName} --to ${first.nodeName}`,
  )

const findObstacle = (service: Service, place: ObservedVolume, observed: Observed): readonly Warning[] => {
  const { engineName, nodeId, nodeName } = place
  const node = observed.nodes.find(({ id }) => id === nodeId)
  const held = `its volume ${engineName} is on ${nodeName}`
  if (node === undefined) {
    return [
      elsewhere(
        service,
        `${held}, which is no longer in the cluster`,
        `bring ${nodeName} back; it does not start elsewhere on nothing`,
      ),
    ]
  }
  const unable = findStateExclusion(node)
  if (unable !== undefined) {
    return [
      elsewhere(
        service,
        `${held}, which ${unable.reason}; it waits there`,
        `bring ${nodeName} back, or move the volume`,
      ),
    ]
  }
  const misfit = findFitExclusion(service, node)
  if (misfit === undefined) return []
  const why = `${held}, where it may not run: ${misfit.reason}`
  return [elsewhere(service, why, `move it: atoll volume move ${engineName} --to NODE`)]
}
