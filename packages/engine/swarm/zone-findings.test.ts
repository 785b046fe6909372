import type { ObservedNode } from '@atoll/plan'
import { expect, it } from 'vitest'
import { findZoneFindings } from './zone-findings.ts'

const node = (name: string, labels: ObservedNode['labels'] = {}): ObservedNode => ({
  id: `${name}-id`,
  name,
  isManager: true,
  isLeader: false,
  state: 'ready',
  availability: 'active',
  labels,
  engineVersion: '20.10.24',
  engineLabels: {},
  os: 'linux',
  architecture: 'x86_64',
  address: '10.0.0.1',
  nanoCpus: 1e9,
  memoryBytes: 1e9,
})
const [a, b, none] = [node('a', { zone: 'ams' }), node('b', { zone: 'fra' }), node('c')]

it('names nodes without a zone where others have different ones', () => {
  expect(findZoneFindings([a, b, none, node('d')])).toMatchObject([
    { state: 'warning', message: 'c, d have no zone, as other nodes do, and are taken for one together' },
  ])
  expect(findZoneFindings([a, b, none])).toMatchObject([{ hint: 'say where: "atoll node label c zone=..."' }])
})

it('says nothing where there are no two zones, all have one, or a witness has none', () => {
  expect(findZoneFindings([a, none])).toEqual([])
  expect(findZoneFindings([a, b])).toEqual([])
  expect(findZoneFindings([a, b, node('w', { 'atoll.witness': 'true' })])).toEqual([])
})
