import { describe, expect, it } from 'vitest'
import { findConstraint, isSatisfied, renderAttribute } from './constraints.ts'
import { createObservedNode } from './simulate.ts'

const node = createObservedNode('Node-1', {
  id: 'x7k2',
  isManager: false,
  labels: { zone: 'ams3', Disk: 'SSD' },
  engineLabels: { storage: 'fast' },
})

describe('constraints', () => {
  it.each([
    ['node.id==x7k2', true],
    ['node.id == x7k2', true],
    ['node.id==X7K2', true],
    ['node.id!=x7k2', false],
    ['node.hostname==node-1', true],
    ['NODE.HOSTNAME==node-1', true],
    ['node.role==worker', true],
    ['node.role!=manager', true],
    ['node.role==manager', false],
    ['node.ip==10.0.0.1', true],
    ['node.platform.os==linux', true],
    ['node.platform.arch==x86_64', true],
    ['node.platform.arch==aarch64', false],
    ['node.labels.zone==ams3', true],
    ['node.labels.zone==AMS3', true],
    ['Node.Labels.zone==ams3', true],
    ['node.labels.Zone==ams3', false],
    ['node.labels.Disk==ssd', true],
    ['node.labels.zone!=fra1', true],
    ['node.labels.none==such', false],
    ['node.labels.none!=such', true],
    ['engine.labels.storage==fast', true],
    ['engine.labels.storage!=fast', false],
    ['node labels.zone!=fra1', false],
    ['!=fra1', false],
    ['node.labels.zone!=', false],
    ['zone==ams3', false],
    ['zone!=ams3', false],
    ['node.labels.zone', false],
    ['node.labels.zone=ams3', false],
    ['node.labels.zone==', false],
    ['', false],
  ])('%s is %s', (expression, isMet) => {
    expect(isSatisfied(expression, node)).toBe(isMet)
  })

  it('are taken apart at the operator', () => {
    expect(findConstraint('node.labels.zone != ams3')).toEqual({
      key: 'node.labels.zone',
      operator: '!=',
      value: 'ams3',
    })
  })

  it.each([
    ['node.labels.zone==fra1', 'zone=ams3'],
    ['node.labels.gpu==yes', 'no gpu'],
    ['engine.labels.storage==slow', 'storage=fast'],
    ['node.role==manager', 'role=worker'],
    ['rack==1', 'rack is nothing the engine knows'],
    ['rack', 'not a constraint the engine understands'],
  ])('%s is answered by %s', (expression, text) => {
    expect(renderAttribute(expression, node)).toBe(text)
  })
})
