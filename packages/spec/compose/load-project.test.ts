import { describe, expect, test } from 'vitest'
import { loadModel, loadTexts, renderProblems } from './load-texts.ts'

test('a project of several files, with everything in it', () => {
  const model = loadModel(
    {
      'compose.yaml': `
name: shop
x-logging: &logging {driver: local, options: {max-size: 10m}}
include: [db/compose.yaml]
services:
  base: {image: "shop:\${TAG}", logging: *logging, profiles: [never]}
  web:
    extends: base
    profiles: !reset []
    ports: ["8080:80"]
    depends_on: {db: {condition: service_healthy}}
`,
      'compose.staging.yaml': 'services: {web: {environment: {STAGE: staging}, deploy: {replicas: 2}}}',
      'db/compose.yaml':
        'services: {db: {image: postgres, healthcheck: {test: pg_isready, interval: 5s}, volumes: ["data:/data"]}}\nvolumes: {data: }',
      '.env': 'TAG=7',
    },
    { files: ['compose.yaml', 'compose.staging.yaml'] },
  )
  expect(model).toEqual({
    name: 'shop',
    'x-logging': { driver: 'local', options: { 'max-size': '10m' } },
    services: {
      web: {
        image: 'shop:7',
        logging: { driver: 'local', options: { 'max-size': '10m' } },
        ports: [{ mode: 'ingress', target: 80, published: '8080', protocol: 'tcp' }],
        depends_on: { db: { condition: 'service_healthy', required: true } },
        environment: { STAGE: 'staging' },
        deploy: { replicas: 2 },
        networks: { default: null },
      },
      db: {
        image: 'postgres',
        healthcheck: { test: ['CMD-SHELL', 'pg_isready'], interval: '5s' },
        volumes: [{ type: 'volume', source: 'data', target: '/data' }],
        networks: { default: null },
      },
    },
    networks: { default: { name: 'shop_default' } },
    volumes: { data: { name: 'shop_data' } },
  })
})

describe('files that are no compose files', () => {
  test.each([
    [{ 'a.yaml': '' }, 'a.yaml:1:1 : the compose file is empty'],
    [{ 'a.yaml': '# nothing\n---\n' }, 'a.yaml:1:1 : the compose file is empty'],
    [{ 'a.yaml': '- a' }, 'a.yaml:1:1 : a compose file must be a mapping'],
    [{ 'a.yaml': 'text' }, 'a.yaml:1:1 : a compose file must be a mapping'],
  ])('%j', (texts, problem) => {
    expect(renderProblems(texts)).toEqual([problem])
  })

  test('a file that is not there', () => {
    expect(renderProblems({}, { files: ['a.yaml'] })).toEqual(['a.yaml:1:1 : the compose file a.yaml does not exist'])
  })

  test.each([
    [{ kind: 'folder' }, 'is a folder'],
    [{ kind: 'binary' }, 'is not text'],
    [{ kind: 'too-large', bytes: 100_000_000 }, 'has 100000000 bytes, which is too many'],
    [{ kind: 'unreadable', reason: 'permission denied' }, 'cannot be read: permission denied'],
  ] as const)('%j', (read, reason) => {
    const { project, problems } = loadTexts({ 'a.yaml': '' }, { read: () => read })
    expect(project).toBeUndefined()
    expect(problems.map(({ message }) => message)).toEqual([`the compose file a.yaml ${reason}`])
  })
})

test('problems of several files are told together', () => {
  const texts = {
    'a.yaml': 'services:\n  web: {imge: x}',
    'b.yaml': 'services:\n  web: {user: 1}\n  api: {image: x, scale: many}',
    'c.yaml': 'a: [',
  }
  expect(renderProblems(texts, { files: ['a.yaml', 'b.yaml', 'c.yaml'] })).toEqual([
    'a.yaml:2:9 services.web.imge: unknown key imge',
    'b.yaml:2:9 services.web.user: must be text, not the number 1',
    'b.yaml:3:19 services.api.scale: must be a whole number from 0, not "many"',
    'c.yaml:1:5 : not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ])
})

describe('hostile projects end in problems', () => {
  const services = (count: number, body: (index: number) => string): string =>
    `services: {${Array.from({ length: count }, (_, index) => `s${index}: {image: x, ${body(index)}}`).join(', ')}}`

  test.each([
    ['every port of every service', services(100, () => 'ports: ["1-65535:1-65535"]'), 'stands for too much'],
    [
      'a command of half a million words',
      `services: {a: {image: x, command: "${'a '.repeat(500_000)}"}}`,
      'stands for too much',
    ],
    ['a circle of two thousand', services(2_000, (index) => `depends_on: [s${(index + 1) % 2_000}]`), 'in a circle'],
    ['a key of half a million letters', `services: {a: {${'k'.repeat(500_000)}: 1}}`, 'unknown key kkk'],
    [
      'defaults in defaults',
      `services: {a: {image: "${'${A:-'.repeat(50_000)}${'}'.repeat(50_000)}"}}`,
      'nested more than',
    ],
  ])('%s', (_, text, problem) => {
    const { project, problems } = loadTexts({ 'compose.yaml': text })
    expect(project).toBeUndefined()
    expect(problems.map(({ message }) => message).join('\n')).toContain(problem)
    expect(problems.length).toBeLessThanOrEqual(101)
    expect(JSON.stringify(problems).length).toBeLessThan(200_000)
  })
})
