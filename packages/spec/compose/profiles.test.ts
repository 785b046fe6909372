import { expect, test } from 'vitest'
import { loadModel, renderProblems } from './load-texts.ts'

const yaml = `services:
  web: {image: x}
  debug: {image: x, profiles: [debug]}
  both: {image: x, profiles: [debug, test]}
`

test.each<[readonly string[], readonly string[]]>([
  [[], ['web']],
  [['debug'], ['web', 'debug', 'both']],
  [['test'], ['web', 'both']],
  [['*'], ['web', 'debug', 'both']],
  [['other'], ['web']],
])('with %j the services are %j', (profiles, services) => {
  expect(Object.keys(loadModel(yaml, { profiles }).services)).toEqual(services)
})

test('a service that needs one of an inactive profile is refused', () => {
  const needs = `${yaml}  api: {image: x, depends_on: [debug]}\n`
  expect(renderProblems(needs)).toEqual([
    'compose.yaml:5:32 services.api: depends on the service debug, which is in no active profile',
  ])
  expect(renderProblems(needs, { profiles: ['debug'] })).toEqual([])
})

test('one that can do without it is not', () => {
  const needs = `${yaml}  api: {image: x, depends_on: {debug: {condition: service_started, required: false}, web: {condition: service_started}}}\n`
  expect(Object.keys(loadModel(needs).services['api']?.['depends_on'] ?? {})).toEqual(['web'])
})

test('what is wrong in an inactive service is told only where the file itself is wrong', () => {
  expect(renderProblems('services: {a: {profiles: [p], networks: [nowhere]}}')).toEqual([])
  expect(renderProblems('services: {a: {profiles: [p], user: 1}}')).toHaveLength(1)
})
