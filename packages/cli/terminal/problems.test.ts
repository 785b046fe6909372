import { expect, test } from 'vitest'
import type { Problem } from '@atoll/spec'
import { createPalette } from './palette.ts'
import { renderProblems } from './problems.ts'

const plain = createPalette(false)
const problem: Problem = {
  severity: 'error',
  path: 'compose.yaml',
  line: 4,
  column: 7,
  key: 'services.web.portz',
  message: 'no such key',
  hint: 'did you mean "ports"?',
}

test('a problem says where, what and what to do instead', () => {
  expect(renderProblems([problem, { ...problem, severity: 'warning', line: 9 }], plain)).toBe(
    [
      'compose.yaml:4:7: services.web.portz: no such key',
      '  → did you mean "ports"?',
      'compose.yaml:9:7: services.web.portz (warning): no such key',
      '  → did you mean "ports"?',
      '1 error, 1 warning',
      '',
    ].join('\n'),
  )
})

test('without a file there is no place', () => {
  const { hint: _hint, ...bare } = problem
  expect(renderProblems([{ ...bare, path: '', key: '' }], plain)).toBe('error: no such key\n1 error\n')
})

test('a flood of problems is cut, and counted whole', () => {
  const text = renderProblems(
    Array.from({ length: 500 }, () => problem),
    plain,
  )
  expect(text).toContain('... and 400 more')
  expect(text).toContain('500 errors')
})
