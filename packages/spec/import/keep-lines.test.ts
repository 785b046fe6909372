import { expect, test } from 'vitest'
import { keepLines } from './keep-lines.ts'

test('a line that only printing changed is as it was', () => {
  const printed = { before: 'a: [ 1 ]\nb: 2\nc: 3', after: 'a: [ 1 ]\nnew: 0\nc: 3' }
  expect(keepLines('a: [1]\nb:  2\nc:   3 ', printed)).toBe('a: [1]\nnew: 0\nc:   3 ')
})

test('where lines do not pair up, all is as it is printed', () => {
  expect(keepLines('a: [1,\n2]\nb: 2', { before: 'a: [ 1, 2 ]\nb: 2', after: 'a: [ 1, 2 ]' })).toBe('a: [ 1, 2 ]')
})
