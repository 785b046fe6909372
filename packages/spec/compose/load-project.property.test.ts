import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadModel, loadTexts } from './load-texts.ts'
import { renderModel } from './render-model.ts'
import { composeFile } from './shapes/compose-file.ts'
import { service } from './shapes/service.ts'

const texts = fc.constantFrom(
  'a',
  'b:c',
  '80:80',
  '5s',
  '1g',
  'true',
  'A=1',
  '/a',
  './a',
  '$A',
  '${A:-x}',
  '$$',
  '',
  '-1',
  '0x10',
  'on-failure',
)
const scalars = fc.oneof(
  texts,
  fc.integer({ min: -1, max: 9 }),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true }),
)

const keysBelow = Object.values(service.fields).flatMap((shape) => ('fields' in shape ? Object.keys(shape.fields) : []))
const keys = fc.constantFrom(
  ...new Set([...Object.keys(service.fields), ...keysBelow, 'a', 'x-a', 'name', 'path', '__proto__']),
)

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
})).value

const services = fc.dictionary(
  fc.constantFrom('web', 'db', 'a b'),
  fc.oneof(fc.dictionary(keys, values, { maxKeys: 6 }), values),
  { maxKeys: 3 },
)
const sections = fc.dictionary(fc.constantFrom(...Object.keys(composeFile.fields)), values, { maxKeys: 3 })
const files = fc
  .record({ services, sections })
  .map((file) => JSON.stringify({ ...file.sections, services: file.services }))

test('whatever files say, there is a project or an error, and problems stand in the files', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(files, files, (base, overlay) => {
      const { project, problems } = loadTexts({ 'a.yaml': base, 'b.yaml': overlay }, { files: ['a.yaml', 'b.yaml'] })
      expect(project === undefined).toBe(problems.some(({ severity }) => severity === 'error'))
      for (const { path, line, column } of problems) {
        expect(path).not.toBe('')
        expect(Math.min(line, column)).toBeGreaterThanOrEqual(1)
      }
    }),
    { numRuns: 300 },
  )
})

test('whatever text a file is, nothing is thrown', { timeout: 60_000 }, () => {
  const pieces = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '<<: ',
    '!reset ',
    '"',
    "'",
    '|',
    '>',
    '#',
    '$',
    '${',
    ',',
    '?',
    '---\n',
    '\t',
    'services',
    '\u0000',
    '\uFEFF',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const { project, problems } = loadTexts({ 'a.yaml': parts.join('') })
      expect(project === undefined).toBe(problems.some(({ severity }) => severity === 'error'))
    }),
    { numRuns: 1_000 },
  )
})

/** Services that are right, from parts that go together. */
const rightServices = fc
  .record(
    {
      image: fc.constant('x'),
      environment: fc.dictionary(
        fc.constantFrom('A', 'B'),
        fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.integer(), fc.boolean(), fc.constant(null)),
      ),
      labels: fc.dictionary(fc.constantFrom('a', 'b.c'), fc.string()),
      command: fc.oneof(fc.array(fc.string()), fc.constant('run --now')),
      ports: fc.uniqueArray(fc.integer({ min: 1, max: 65_535 })),
      volumes: fc.uniqueArray(fc.constantFrom('data:/a', './b:/b:ro', '/c')),
      deploy: fc.record(
        { replicas: fc.nat(9), labels: fc.dictionary(fc.constantFrom('a'), fc.string()) },
        { requiredKeys: [] },
      ),
      healthcheck: fc.record({ test: fc.constant('true'), interval: fc.constantFrom('1s', '90s', '1m1s') }),
      mem_limit: fc.nat(),
      init: fc.boolean(),
      tty: fc.boolean(),
    },
    { requiredKeys: ['image'] },
  )
  .map((web) => JSON.stringify({ services: { web }, volumes: { data: {} } }).replaceAll('$', '$$$$'))

test('what is printed is loaded to the same model', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(rightServices, (file) => {
      const model = loadModel(file)
      expect(JSON.parse(renderModel(loadModel(renderModel(model, 'yaml')), 'json'))).toEqual(
        JSON.parse(renderModel(model, 'json')),
      )
    }),
    { numRuns: 100 },
  )
})

test('a file over itself changes nothing but lists that may repeat', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(rightServices, (file) => {
      const twice = loadModel({ 'a.yaml': file, 'b.yaml': file }, { files: ['a.yaml', 'b.yaml'] })
      expect(twice).toEqual(loadModel({ 'a.yaml': file }))
    }),
    { numRuns: 100 },
  )
})
