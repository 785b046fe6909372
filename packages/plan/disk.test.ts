import { describe, expect, it } from 'vitest'
import { aboutHowLong, describeDisk } from './disk.ts'
import { createService } from './fixtures.ts'
import type { Observed, ObservedDisk, ObservedNode } from './observed.ts'
import { warnOfDisk } from './warnings/disk.ts'

const nowMs = 1_000_000
const hourMs = 3_600_000
const disk = (usedShare: number, fullInMs?: number): ObservedDisk => ({
  sizeBytes: 100,
  freeBytes: 1,
  usedShare,
  scarce: 'bytes',
  ...(fullInMs === undefined ? {} : { fullAtMs: nowMs + fullInMs }),
})

describe('what is told of a disk', () => {
  it.each([
    ['half full', disk(0.5), 'nothing'],
    ['half full and growing for a week', disk(0.5, 160 * hourMs), 'nothing'],
    ['half full and soon not', disk(0.5, 5 * hourMs), 'and will be in about 5 hours at this pace'],
    ['fuller and growing', disk(0.72, 72 * hourMs), 'node-2 is 72 % full, and will be in about 3 days at this pace'],
    ['fuller without a pace', disk(0.85), 'nothing'],
    ['nearly full', disk(0.91), '91 % full: it builds no images'],
    ['full', disk(0.99), 'nothing is deployed that would put an image there'],
    ['out of inodes', { ...disk(0.92), scarce: 'inodes' as const }, '92 % full (of inodes)'],
  ])('%s', (_what, of, told) => {
    expect(describeDisk('node-2', of, nowMs) ?? 'nothing').toContain(told)
  })

  it('is a round time', () => {
    const hours = [0.5, 1.2, 30, 80]
    expect(hours.map((count) => aboutHowLong(count * hourMs))).toEqual([
      'less than an hour',
      'about an hour',
      'about 30 hours',
      'about 3 days',
    ])
  })
})

describe('a service whose image could go to a full disk', () => {
  const node = (name: string, usedShare: number): ObservedNode => ({
    id: `${name}-id`,
    name,
    isManager: true,
    isLeader: false,
    state: 'ready',
    availability: 'active',
    labels: { zone: name },
    engineVersion: '',
    engineLabels: {},
    os: 'linux',
    architecture: 'x86_64',
    address: '',
    nanoCpus: 4e9,
    memoryBytes: 4e9,
    disk: disk(usedShare),
  })
  const observe = (nodes: readonly ObservedNode[], services: Observed['services'] = []): Observed => ({
    app: 'shop',
    environment: 'test',
    services,
    networks: [],
    configs: [],
    secrets: [],
    volumes: [],
    nodes,
  })
  const web = createService('web')
  const placed = { ...web, placement: { ...web.placement, constraints: ['node.labels.zone == a'] } }

  it('is refused, with the way out', () => {
    const [warning] = warnOfDisk(web, observe([node('a', 0.5), node('b', 0.96)]))
    expect(warning).toMatchObject({ kind: 'disk-full', isBlocking: true, hint: expect.stringContaining('--node b') })
  })

  it.each([
    ['no disk is that full', observe([node('a', 0.5), node('b', 0.94)]), web],
    ['it may not go there', observe([node('a', 0.5), node('b', 0.96)]), placed],
    ['that node is drained', observe([node('a', 0.5), { ...node('b', 0.96), availability: 'drain' }]), web],
  ])('is not when %s', (_why, observed, service) => {
    expect(warnOfDisk(service, observed)).toEqual([])
  })

  it('is not when the same image runs there', () => {
    const task = { id: 't', nodeId: 'b-id', image: web.image, desired: 'running', state: 'running' }
    const service = { engineName: web.engineName, tasks: [task] } as unknown as Observed['services'][number]
    const nodes = [node('a', 0.5), node('b', 0.96)]
    expect(warnOfDisk(web, observe(nodes, [service]))).toEqual([])
    expect(warnOfDisk({ ...web, image: 'web:2' }, observe(nodes, [service]))).toHaveLength(1)
  })
})
