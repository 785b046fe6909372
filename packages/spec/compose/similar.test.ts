import { expect, test } from 'vitest'
import { findSimilar } from './similar.ts'

const known = ['environment', 'image', 'ports', 'volumes', 'depends_on']

test.each([
  ['enviroment', 'environment'],
  ['imge', 'image'],
  ['port', 'ports'],
  ['volume', 'volumes'],
  ['depend_on', 'depends_on'],
  ['documentation', undefined],
  ['x', undefined],
  ['k'.repeat(100_000), undefined],
])('%s is most like %s', (name, expected) => {
  expect(findSimilar(name, known)).toBe(expected)
})

test('nothing is similar to nothing', () => {
  expect(findSimilar('image', [])).toBeUndefined()
})
