import { toPlacedTasks, toPlacingRules } from '@atoll/plan'
import type { Occupancy, PlacedService } from '@atoll/plan'
import type { FakeService, World } from './world.ts'

/** By what runs, whatever was asked for. */
export const observeFakeOccupancy = (world: World): Occupancy => ({
  nodes: world.nodes.map((node) => ({ ...node })),
  services: [...world.services.values()].map(observePlaced).toSorted((a, b) => (a.engineName < b.engineName ? -1 : 1)),
})

const observePlaced = ({ owner, engineName, spec, tasks }: FakeService): PlacedService => ({
  ...(owner === undefined ? {} : { ref: { app: owner.app, environment: owner.environment } }),
  name: owner === undefined ? engineName : spec.name,
  engineName,
  rules: toPlacingRules(spec),
  tasks: toPlacedTasks(
    tasks.map(({ state, desired, nodeId }) => ({ state, desired, ...(nodeId === undefined ? {} : { nodeId }) })),
  ),
})
