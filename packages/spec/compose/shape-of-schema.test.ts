import { describe, expect, test } from 'vitest'
import { renderProblems } from './load-texts.ts'
import { shapeOfSchema } from './shape-of-schema.ts'

test.each([
  [{ type: 'string' }, { kind: 'text' }],
  [
    { type: 'string', enum: ['a', 'b'] },
    { kind: 'text', oneOf: ['a', 'b'] },
  ],
  [{ type: 'boolean' }, { kind: 'flag' }],
  [{ type: 'integer' }, { kind: 'number', isWhole: true, keepsZero: true }],
  [
    { type: 'array', items: { type: 'string' } },
    { kind: 'list', item: { kind: 'text' } },
  ],
  [{ type: 'array' }, { kind: 'list', item: { kind: 'anything' } }],
  [
    { type: 'object', properties: { a: {} }, required: ['a'] },
    { kind: 'record', fields: { a: { kind: 'anything' } }, required: ['a'] },
  ],
])('%j', (schema, shape) => {
  expect(shapeOfSchema(schema)).toEqual(shape)
})

describe('x-atoll', () => {
  test.each([
    ['services: {web: {image: x, x-atoll: {run: once}}}', ''],
    ['services: {web: {image: x, x-atoll: {run: once-per-node}}}', ''],
    [
      'services: {web: {image: x, x-atoll: {run: twice}}}',
      'services.web.x-atoll.run: must be one of once, once-per-node, not "twice"',
    ],
    ['services: {web: {image: x, x-atoll: {runs: once}}}', 'services.web.x-atoll.runs: unknown key runs'],
    ['services: {web: {image: x, x-atoll: once}}', 'services.web.x-atoll: must be a mapping'],
    ['services: {}\nx-atoll: {any: 1}', 'x-atoll.any: unknown key any'],
    ['services: {}\nx-atoll: {drift: repair}', ''],
    ['services: {}\nx-atoll: {drift: hide}', 'x-atoll.drift: must be one of show, repair, not "hide"'],
  ])('%s', (yaml, problem) => {
    expect(renderProblems(yaml).join('\n')).toContain(problem)
  })
})
