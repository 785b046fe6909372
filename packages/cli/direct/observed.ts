import type { Observed } from '@atoll/plan'
import type { Contents, LocatedVolume } from '../cluster/cluster.ts'

interface Named {
  readonly isOwned: boolean
  readonly engineName: string
}

const nameOwned = (things: readonly Named[]): readonly string[] =>
  things.filter((thing) => thing.isOwned).map((thing) => thing.engineName)

export const listContents = ({ services, networks, configs, secrets, volumes }: Observed): Contents => ({
  services: nameOwned(services),
  networks: nameOwned(networks),
  configs: nameOwned(configs),
  secrets: nameOwned(secrets),
  volumes,
})

/** `sizes` in bytes by engine name, of the volumes whose node could be asked. */
export const locateVolumes = (
  { nodes, volumes }: Observed,
  sizes: Readonly<Record<string, number>>,
): readonly LocatedVolume[] => {
  const lost = new Set(nodes.filter((node) => node.state !== 'ready').map((node) => node.id))
  return volumes.map((volume) => {
    const sizeBytes = volume.sizeBytes ?? sizes[volume.engineName]
    return {
      volume: sizeBytes === undefined ? volume : { ...volume, sizeBytes },
      isReachable: !lost.has(volume.nodeId),
    }
  })
}
