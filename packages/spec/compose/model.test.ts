import { describe, expect, test } from 'vitest'
import { loadModel, loadTexts } from './load-texts.ts'

const { project } = loadTexts({
  'compose.yaml': `services:
  web:
    image: x
    ports:
      - "80:80"
      - target: 81
        mode: ingress
    env_file: a.env
volumes:
  data:
`,
  'a.env': 'A=1',
})

describe('where a key stands', () => {
  test.each<[readonly (string | number)[], number, number, boolean]>([
    [['services', 'web'], 2, 3, true],
    [['services', 'web', 'image'], 3, 5, true],
    [['services', 'web', 'ports', 0], 5, 9, true],
    [['services', 'web', 'ports', 0, 'mode'], 5, 9, false],
    [['services', 'web', 'ports', 1, 'mode'], 7, 9, true],
    [['services', 'web', 'ports', 1, 'protocol'], 6, 9, false],
    [['services', 'web', 'ports', 9], 4, 5, false],
    [['services', 'web', 'environment', 'A'], 8, 5, false],
    [['services', 'web', 'networks', 'default'], 2, 3, false],
    [['volumes', 'data', 'name'], 10, 3, false],
    [['nothing'], 1, 1, false],
    [[], 1, 1, true],
  ])('%j', (key, line, column, isWritten) => {
    expect(project?.locate(key)).toEqual({ path: 'compose.yaml', line, column })
    expect(project?.isWritten(key)).toBe(isWritten)
  })
})

test('the model has our own settings and none of others inside services', () => {
  const model = loadModel(
    'version: "3"\nx-a: {b: null}\nservices: {web: {image: x, x-b: 1, x-atoll: {run: once}, deploy: {x-c: 1, replicas: 2}}}',
  )
  expect(model).toEqual({
    name: 'project',
    'x-a': { b: null },
    services: { web: { image: 'x', 'x-atoll': { run: 'once' }, deploy: { replicas: 2 }, networks: { default: null } } },
    networks: { default: { name: 'project_default' } },
  })
})

test.each<[string, object]>([
  ['deploy: {restart_policy: {max_attempts: 0}}', { deploy: { restart_policy: { max_attempts: 0 } } }],
  [
    'deploy: {replicas: 0, update_config: {parallelism: 0}}',
    { deploy: { replicas: 0, update_config: { parallelism: 0 } } },
  ],
  ['scale: 0', { scale: 0 }],
  ['healthcheck: {retries: 0, interval: 0s}', { healthcheck: { retries: 0, interval: '0s' } }],
  ['read_only: false', {}],
  [
    'volumes: [{type: bind, source: /a, target: /b, bind: {create_host_path: true}}]',
    {
      volumes: [{ type: 'bind', source: '/a', target: '/b' }],
    },
  ],
])('%s: what means something is printed, and what it implies is not', (yaml, expected) => {
  const {
    image: _,
    networks: __,
    ...service
  } = loadModel(`services:\n  web:\n    image: x\n    ${yaml}`).services['web'] ?? {}
  expect(service).toEqual(expected)
})

test('names that JavaScript knows are names like others', () => {
  const model = loadModel('services: {constructor: {image: x, environment: {toString: a, __proto__: b}}}')
  expect(Object.entries(model.services['constructor']?.['environment'] ?? {})).toEqual([
    ['toString', 'a'],
    ['__proto__', 'b'],
  ])
})
