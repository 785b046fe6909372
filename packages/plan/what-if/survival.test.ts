import { expect, it } from 'vitest'
import { createService, createVolumeMount } from '../fixtures.ts'
import { createObserved, createObservedNode, createObservedWorld } from '../simulate.ts'
import { findSurvival } from './survival.ts'

const nodes = ['node-1', 'node-2', 'node-3'].map((name) => createObservedNode(name))
const web = createObserved(createService('web'), { release: 1, nodeId: 'node-1-id' })
const db = createObserved(
  createService('db', {
    mounts: [createVolumeMount('data')],
    placement: { constraints: ['node.id==node-2-id'], spread: [], maxPerNode: 0 },
  }),
  { release: 1, nodeId: 'node-2-id' },
)

it('is told of what runs alone', () => {
  expect(findSurvival(createObservedWorld(nodes))).toBe(undefined)
  const stranger = { ...web, isOwned: false }
  expect(findSurvival(createObservedWorld(nodes, { services: [stranger] }))).toBe(undefined)
})

it('is certain where every task finds another node', () => {
  expect(findSurvival(createObservedWorld(nodes, { services: [web] }))).toEqual({ survives: true, because: [] })
})

it('names what would be missed, and without which node', () => {
  expect(findSurvival(createObservedWorld(nodes, { services: [web, db] }))).toEqual({
    survives: false,
    because: ['without node-2: db 1 -> 0, its volume shop_test_data is on node-2'],
  })
})

it('is none with a single node, or without other managers', () => {
  const [first, ...others] = nodes
  const alone = createObservedWorld(first === undefined ? [] : [first], { services: [web] })
  expect(findSurvival(alone)?.because).toEqual([
    'without node-1: 0 of 1 managers are left, no majority',
    'without node-1: web 1 -> 0, the managers that are left are no majority, and start nothing anew',
  ])
  const workers = others.map((node) => ({ ...node, isManager: false }))
  const oneManager = createObservedWorld([...(first === undefined ? [] : [first]), ...workers], { services: [web] })
  expect(findSurvival(oneManager)?.survives).toBe(false)
})
