import { expect, test } from 'vitest'
import { expandHome, folderOf, nameOf, normalizePath, resolvePath } from './file-path.ts'

test.each([
  ['/a/./b/../c/', '/a/c'],
  ['//a//b', '/a/b'],
  ['/..', '/'],
  ['/', '/'],
  ['', '.'],
  ['.', '.'],
  ['a/..', '.'],
  ['../a', '../a'],
  ['../../a/../b', '../../b'],
])('%s is normalized to %s', (path, expected) => {
  expect(normalizePath(path)).toBe(expected)
})

test.each([
  ['/base', 'a/b', '/base/a/b'],
  ['/base', './a', '/base/a'],
  ['/base/x', '../a', '/base/a'],
  ['/base', '/a/../b', '/a/../b'],
  ['/base', '.', '/base'],
])('against %s the path %s is %s', (folder, path, expected) => {
  expect(resolvePath(folder, path)).toBe(expected)
})

test.each([
  ['~', '/home/ada', '/home/ada'],
  ['~/data', '/home/ada/', '/home/ada/data'],
  ['~ada/data', '/home/ada', '~ada/data'],
  ['a/~', '/home/ada', 'a/~'],
  ['~/data', undefined, '~/data'],
])('home in %s with %s is %s', (path, home, expected) => {
  expect(expandHome(path, home)).toBe(expected)
})

test('a path has a folder and a name', () => {
  expect(folderOf('/a/b.yaml')).toBe('/a')
  expect(folderOf('b.yaml')).toBe('.')
  expect(folderOf('/b.yaml')).toBe('/')
  expect(nameOf('/a/shop/')).toBe('shop')
  expect(nameOf('/')).toBe('')
})
