import { describe, expect, it } from 'vitest'
import { createService } from './fixtures.ts'
import { eligibleNodes, exclusions } from './exclusions.ts'
import { createObservedNode } from './simulate.ts'

const GiB = 1024 ** 3

describe('exclusions', () => {
  it('name for each node the first rule that keeps the service off', () => {
    const service = createService('web', {
      placement: { constraints: ['node.labels.zone==ams3'], spread: [], maxPerNode: 0 },
      resources: { limits: {}, reservations: { memoryBytes: 2 * GiB, nanoCpus: 4e9 } },
    })
    const inZone = { labels: { zone: 'ams3' } }
    const nodes = [
      createObservedNode('a', { ...inZone, state: 'down' }),
      createObservedNode('b', { ...inZone, availability: 'drain' }),
      createObservedNode('c', { ...inZone, availability: 'pause' }),
      createObservedNode('d', { labels: { zone: 'fra1' } }),
      createObservedNode('e', { ...inZone, memoryBytes: GiB }),
      createObservedNode('f', inZone),
      createObservedNode('g', { ...inZone, nanoCpus: 8e9 }),
    ]
    expect(exclusions(service, nodes).map(({ node, reason }) => `${node} ${reason}`)).toEqual([
      'a is down',
      'b is drained',
      'c is paused',
      'd constraint node.labels.zone==ams3 (zone=fra1)',
      'e has 1 GiB of memory, 2 GiB are reserved',
      'f has 2 processors, 4 processors are reserved',
    ])
    expect(eligibleNodes(service, nodes).map(({ name }) => name)).toEqual(['g'])
  })
})
