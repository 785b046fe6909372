import { expect, test } from 'vitest'
import { MAX_PROBLEMS } from './limits.ts'
import { createProblemList } from './problem-list.ts'

const at = (line: number, path = 'compose.yaml', column = 1) => ({ path, line, column })

test('problems come in the order of files and lines, each once', () => {
  const list = createProblemList()
  list.report({ at: at(9), key: ['services', 'web', 'ports', 0], message: 'second', hint: 'mend it' })
  list.report({ at: at(2), message: 'first' })
  list.report({ at: at(9), key: ['elsewhere'], message: 'second' })
  list.report({ at: at(1, 'other.yaml'), message: 'third', severity: 'warning' })
  expect(list.problems()).toEqual([
    { severity: 'error', path: 'compose.yaml', line: 2, column: 1, key: '', message: 'first' },
    {
      severity: 'error',
      path: 'compose.yaml',
      line: 9,
      column: 1,
      key: 'services.web.ports[0]',
      message: 'second',
      hint: 'mend it',
    },
    { severity: 'warning', path: 'other.yaml', line: 1, column: 1, key: '', message: 'third' },
  ])
})

test('warnings are no errors', () => {
  const list = createProblemList()
  list.report({ at: at(1), message: 'careful', severity: 'warning' })
  expect(list.hasErrors()).toBe(false)
  list.report({ at: at(1), message: 'wrong' })
  expect(list.hasErrors()).toBe(true)
})

test('a flood ends with one that says that there are more', () => {
  const list = createProblemList()
  for (let line = 1; line <= 1_000; line++) list.report({ at: at(line), message: 'wrong' })
  expect(list.problems()).toHaveLength(MAX_PROBLEMS + 1)
  expect(list.problems().at(-1)?.message).toContain('more problems follow')
})

test('many warnings do not hide an error', () => {
  const list = createProblemList()
  for (let line = 1; line <= 1_000; line++) list.report({ at: at(line), message: 'careful', severity: 'warning' })
  list.report({ at: at(1_001), message: 'wrong' })
  expect(list.hasErrors()).toBe(true)
})

test('a message of a million letters is cut', () => {
  const list = createProblemList()
  list.report({ at: at(1), key: ['k'.repeat(1_000_000)], message: 'm'.repeat(1_000_000) })
  expect(JSON.stringify(list.problems()).length).toBeLessThan(2_000)
})
