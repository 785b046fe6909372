import { expect, test } from 'vitest'
import type { NodeIngress } from '../../routing.ts'
import { nodeIngressShape } from './routing.ts'

test('what an ingress says of itself arrives whole, and what a newer one says besides is left out', () => {
  const state: NodeIngress = {
    version: '1',
    trouble: 'no new worker',
    refused: [
      { kind: 'environment', app: 'shop', environment: 'test', reason: 'nonsense', isKept: true },
      { kind: 'certificate', host: 'a.example.org', reason: 'cannot load', isKept: false },
    ],
  }
  expect(nodeIngressShape.parse({ ...state, networks: [] })).toEqual(state)
})
