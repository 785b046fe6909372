import type { Placement, Service } from '@atoll/spec'
import type { Observed, ObservedNode, ObservedTask } from '../observed.ts'
import { isNodeBound, staysWithVolume } from '../place-volumes.ts'

/** All that placing looks at: every node, and what each service of the engine holds of them, whoever's it is. */
export interface Occupancy {
  readonly nodes: readonly ObservedNode[]
  readonly services: readonly PlacedService[]
}

export interface PlacedService {
  /** Absent: somebody else's. */
  readonly ref?: { readonly app: string; readonly environment: string }
  /** As the compose file has it; of somebody else's the engine's. */
  readonly name: string
  readonly engineName: string
  readonly rules: PlacingRules
  readonly tasks: readonly PlacedTask[]
}

/** A task that holds room on a node: it was given one, and has not ended. */
export interface PlacedTask {
  readonly nodeId: string
  /** False: it is being shut down, and holds its room until that is done. */
  readonly isWanted: boolean
  /** Running, and healthy where it has a health check. */
  readonly isRunning: boolean
}

/** What decides where tasks of a service may run. */
export interface PlacingRules {
  readonly mode: { readonly kind: 'replicated'; readonly replicas: number } | { readonly kind: 'global' }
  /** False: a task that goes with its node is not started elsewhere. */
  readonly isRestarted: boolean
  readonly placement: Placement
  /** Kinds of nodes its image is for; any when there are none. An empty part matches all. */
  readonly platforms: readonly Platform[]
  readonly reservations: { readonly memoryBytes: number; readonly nanoCpus: number }
  /** Published on the node itself: `8080/tcp`. */
  readonly nodePorts: readonly string[]
  /** Engine names of volumes whose content is on one node. */
  readonly volumes: readonly string[]
}

export interface Platform {
  readonly os: string
  readonly architecture: string
}

/** The rules of a definition. Of what runs in every node's own volume no content can be missed elsewhere. */
export const toPlacingRules = (service: Service): PlacingRules => {
  const { mode, placement, resources, restart, ports, mounts } = service
  const { memoryBytes = 0, nanoCpus = 0 } = resources.reservations
  const bound = mounts.flatMap((mount) =>
    mount.kind === 'volume' && isNodeBound(mount.definition) ? [mount.definition.engineName] : [],
  )
  const runsOnce = mode.kind === 'once' || mode.kind === 'once-per-node'
  return {
    mode: toPlacingMode(mode),
    isRestarted: restart.condition !== 'none' && !(runsOnce && restart.condition === 'any'),
    placement,
    platforms: [],
    reservations: { memoryBytes, nanoCpus },
    nodePorts: ports.flatMap(({ mode: reach, published, protocol }) =>
      reach === 'host' && published !== undefined ? [`${published}/${protocol}`] : [],
    ),
    volumes: staysWithVolume(service) ? bound : [],
  }
}

const toPlacingMode = (mode: Service['mode']): PlacingRules['mode'] => {
  switch (mode.kind) {
    case 'replicated':
      return mode
    case 'once':
      return { kind: 'replicated', replicas: mode.completions }
    case 'global':
    case 'once-per-node':
      return { kind: 'global' }
  }
}

/** From being given its node to its end. A global task names its node before that, while it waits for room there. */
const holding: ReadonlySet<ObservedTask['state']> = new Set([
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
])

/** Those of a service's tasks that hold room. */
export const toPlacedTasks = (
  tasks: readonly Pick<ObservedTask, 'state' | 'desired' | 'nodeId'>[],
): readonly PlacedTask[] =>
  tasks.flatMap(({ state, desired, nodeId }) =>
    nodeId === undefined || !holding.has(state)
      ? []
      : [{ nodeId, isWanted: desired === 'running' || desired === 'ready', isRunning: state === 'running' }],
  )

/** What one environment holds, as far as observing it says: other apps are not in it. */
export const toOccupancy = ({ app, environment, services, nodes }: Observed): Occupancy => ({
  nodes,
  services: services.flatMap(({ engineName, isOwned, definition, tasks }) =>
    !isOwned || definition === undefined
      ? []
      : [
          {
            ref: { app, environment },
            name: definition.name,
            engineName,
            rules: toPlacingRules(definition),
            tasks: toPlacedTasks(tasks),
          },
        ],
  ),
})
