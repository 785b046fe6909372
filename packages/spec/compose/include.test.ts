import { describe, expect, test } from 'vitest'
import { loadModel, loadService, renderProblems } from './load-texts.ts'

describe('a project includes another', () => {
  test('with all that it has, its paths against its own folder', () => {
    const model = loadModel({
      'compose.yaml': 'name: shop\ninclude: [lib/db.yaml]\nservices: {web: {image: x, depends_on: [db]}}',
      'lib/db.yaml':
        'name: other\nservices: {db: {build: ., secrets: [s], networks: [n], volumes: ["v:/v"]}}\nnetworks: {n: {}}\nvolumes: {v: {}}\nsecrets: {s: {file: s.txt}}',
    })
    expect(model.name).toBe('shop')
    expect(model.services['db']).toMatchObject({ build: { context: '/project/lib' } })
    expect(model.networks).toMatchObject({ n: { name: 'shop_n' } })
    expect(model.volumes).toEqual({ v: { name: 'shop_v' } })
    expect(model.secrets).toEqual({ s: { name: 'shop_s', file: '/project/lib/s.txt' } })
  })

  test('of several files, with its own project directory and env file', () => {
    const service = loadService(
      {
        'compose.yaml':
          'include:\n  - path: [lib/a.yaml, lib/b.yaml]\n    project_directory: other\n    env_file: my.env',
        'lib/a.yaml': 'services: {db: {image: "$IMAGE", volumes: ["./data:/data"]}}',
        'lib/b.yaml': 'services: {db: {hostname: "$HOST"}}',
        'my.env': 'IMAGE=postgres\nHOST=inside',
      },
      'db',
      { variables: { HOST: 'outside' } },
    )
    expect(service).toMatchObject({
      image: 'postgres',
      hostname: 'outside',
      volumes: [{ source: '/project/other/data' }],
    })
  })

  test('with the .env beside it, unless another is named', () => {
    const texts = {
      'compose.yaml': 'include: [lib/a.yaml]',
      'lib/a.yaml': 'services: {a: {image: "$IMAGE", environment: [MODE]}}',
      'lib/.env': 'IMAGE=x\nMODE=fast',
    }
    expect(loadService(texts, 'a')).toMatchObject({ image: 'x', environment: { MODE: 'fast' } })
  })

  test('through several levels, one of them twice', () => {
    const { services } = loadModel({
      'compose.yaml': 'include: [a.yaml, b.yaml]',
      'a.yaml': 'include: [c.yaml]\nservices: {a: {image: x}}',
      'b.yaml': 'include: [c.yaml]\nservices: {b: {image: x}}',
      'c.yaml': 'services: {c: {image: x}}',
    })
    expect(Object.keys(services).sort()).toEqual(['a', 'b', 'c'])
  })

  test('and says with a tag what it changes of it', () => {
    const texts = {
      'compose.yaml': 'include: [a.yaml]\nservices: {db: {image: y, environment: !override {B: 2}}}',
      'a.yaml': 'services: {db: {image: x, user: u, environment: {A: 1}}}',
    }
    expect(loadService(texts, 'db')).toEqual({
      image: 'y',
      user: 'u',
      environment: { B: '2' },
      networks: { default: null },
    })
  })

  test('and repeats what is the same', () => {
    const texts = {
      'compose.yaml': 'include: [a.yaml]\nnetworks: {n: {driver: overlay}}',
      'a.yaml': 'services: {db: {image: x, networks: [n]}}\nnetworks: {n: {driver: overlay}}',
    }
    expect(loadModel(texts).networks).toMatchObject({ n: { driver: 'overlay' } })
  })
})

describe('what is refused', () => {
  test.each<[string, Record<string, string>, string]>([
    [
      'itself',
      { 'a.yaml': 'include: [a.yaml]' },
      'a.yaml:1:11 include: files include each other in a circle: a.yaml -> a.yaml',
    ],
    [
      'a circle',
      { 'a.yaml': 'include: [b.yaml]', 'b.yaml': 'include: [./x/../a.yaml]' },
      'b.yaml:1:11 include: files include each other in a circle: a.yaml -> b.yaml -> a.yaml',
    ],
    ['a file that is not there', { 'a.yaml': 'include: [b.yaml]' }, 'the compose file b.yaml does not exist'],
    [
      'an env file that is not there',
      { 'a.yaml': 'include: [{path: b.yaml, env_file: c.env}]', 'b.yaml': 'services: {b: {image: x}}' },
      'the env file c.env does not exist',
    ],
    [
      'a key that is none',
      { 'a.yaml': 'include: [{path: b.yaml, file: c}]', 'b.yaml': 'services: {b: {image: x}}' },
      'include[0].file: unknown key file',
    ],
    ['no list', { 'a.yaml': 'include: b.yaml' }, 'include: must be a list'],
    [
      'two that differ',
      { 'a.yaml': 'include: [b.yaml]\nservices:\n  db: {image: y}', 'b.yaml': 'services: {db: {image: x}}' },
      'a.yaml:3:3 services.db: db is included too and differs, in b.yaml on line 1',
    ],
    [
      'something wrong inside',
      { 'a.yaml': 'include: [b.yaml]', 'b.yaml': 'services: {db: {image: 1}}' },
      'b.yaml:1:17 services.db.image: must be text',
    ],
  ])('%s', (_, texts, problem) => {
    expect(renderProblems(texts).join('\n')).toContain(problem)
  })

  test('includes that double at each step', () => {
    const texts = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `f${index}.yaml`,
        `include: [f${index + 1}.yaml, {path: f${index + 1}.yaml}]\nservices: {s${index}: {image: x}}`,
      ]),
    )
    expect(renderProblems({ ...texts, 'f30.yaml': 'services: {s: {image: x}}' }).join('\n')).toContain(
      'has more than 500 compose files',
    )
  })
})
