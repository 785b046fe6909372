import { describe, expect, it } from 'vitest'
import { createService, createVolume, createVolumeMount } from '../fixtures.ts'
import { createObservedNode } from '../simulate.ts'
import { findNodeDetail, listHeldNodes } from './held-nodes.ts'
import { toPlacingRules } from './occupancy.ts'
import type { Occupancy, PlacedService } from './occupancy.ts'

const nodes = [createObservedNode('node-1'), createObservedNode('node-2')]
const [one = '', two = ''] = nodes.map(({ id }) => id)

const place = (
  name: string,
  on: readonly string[],
  change: Parameters<typeof createService>[1] = {},
): PlacedService => ({
  ref: { app: 'shop', environment: 'test' },
  name,
  engineName: `shop_test_${name}`,
  rules: toPlacingRules(createService(name, change)),
  tasks: on.map((nodeId) => ({ nodeId, isWanted: true, isRunning: true })),
})

describe('what is held of nodes', () => {
  it('is what tasks reserve there, those on their way out included; only wanted ones are counted', () => {
    const resources = { limits: {}, reservations: { memoryBytes: 100, nanoCpus: 5 } }
    const web = place('web', [one, two], { resources })
    const leaving = { ...web, tasks: [...web.tasks, { nodeId: one, isWanted: false, isRunning: true }] }
    expect(listHeldNodes({ nodes, services: [leaving] })).toMatchObject([
      { id: one, tasks: 1, heldMemoryBytes: 200, heldNanoCpus: 10 },
      { id: two, tasks: 1, heldMemoryBytes: 100, heldNanoCpus: 5 },
    ])
  })
})

describe('a node in full', () => {
  const mounts = [createVolumeMount('data')]
  const pinned = { mounts, placement: { constraints: [`node.id==${one}`], spread: [], maxPerNode: 0 } }

  it('has the volumes that hold a service to it, running or not, and not those of other nodes', () => {
    const volumes = [{ volume: createVolume('data').engineName, service: 'db' }]
    const occupancy: Occupancy = { nodes, services: [place('db', [], pinned), place('web', [two])] }
    expect(findNodeDetail(occupancy, one)).toMatchObject({ services: [], volumes })
    expect(findNodeDetail(occupancy, two)).toMatchObject({ services: [{ service: 'web', tasks: 1 }], volumes: [] })
    expect(findNodeDetail(occupancy, 'nowhere')).toBeUndefined()
  })
})
