import { describe, expect, test } from 'vitest'
import type { ProjectInput } from '../project.ts'
import type { Texts } from './load-texts.ts'
import { loadModel, loadService, loadTexts, renderProblems } from './load-texts.ts'

const environment = (texts: Texts, input: Partial<ProjectInput> = {}): unknown =>
  loadService(texts, 'web', input)['environment']
const web = (yaml: string): string => `services:\n  web:\n    image: x\n    ${yaml}\n`

describe('variables of a service', () => {
  test.each<[string, Texts, Record<string, string>, object]>([
    ['stand in the file', { c: web('environment: {A: 1}') }, { A: '9' }, { A: '1' }],
    ['without a value come from outside', { c: web('environment: [A, B]') }, { A: '9' }, { A: '9', B: null }],
    ['come from .env', { c: web('environment: [A]'), '.env': 'A=5' }, {}, { A: '5' }],
    ['from outside win over .env', { c: web('environment: [A]'), '.env': 'A=5' }, { A: '9' }, { A: '9' }],
    ['come from an env file', { c: web('env_file: a.env'), 'a.env': 'A=1\nB=2' }, {}, { A: '1', B: '2' }],
    [
      'of the file win over an env file',
      { c: web('env_file: [a.env]\n    environment: {A: 7}'), 'a.env': 'A=1\nB=2' },
      {},
      { A: '7', B: '2' },
    ],
    [
      'of a later env file win',
      { c: web('env_file: [a.env, b.env]'), 'a.env': 'A=1\nB=2', 'b.env': 'B=3' },
      {},
      { A: '1', B: '3' },
    ],
    [
      'use earlier ones',
      { c: web('env_file: [a.env, b.env]'), 'a.env': 'A=1', 'b.env': 'B=${A}${C}' },
      { C: 'c' },
      { A: '1', B: '1c' },
    ],
    [
      'are taken raw',
      { c: web('env_file: [{path: a.env, format: raw}]'), 'a.env': '# note\nA="$B"\n\nC\nD\nE= x ' },
      { C: 'c' },
      { A: '"$B"', C: 'c', E: ' x ' },
    ],
    ['of a file that need not be there', { c: web('env_file: [{path: a.env, required: false}]') }, {}, {}],
  ])('%s', (_, texts, variables, expected) => {
    expect(environment(texts, { variables }) ?? {}).toEqual(expected)
  })

  test('env files named replace .env', () => {
    const texts = { c: web('environment: [A, B]'), '.env': 'A=1\nB=1', 'x.env': 'A=2' }
    expect(environment(texts, { envFiles: ['x.env'] })).toEqual({ A: '2', B: null })
  })

  test('the project and the folder have variables too', () => {
    const texts = { c: `name: shop\n${web('hostname: "$COMPOSE_PROJECT_NAME$PWD"')}` }
    expect(loadService(texts, 'web')).toMatchObject({ hostname: 'shop/project' })
  })
})

test('labels come from files too', () => {
  const texts = { c: web('label_file: a.label\n    labels: {b: own}'), 'a.label': 'a=1\nb=2' }
  expect(loadService(texts, 'web')).toMatchObject({ labels: { a: '1', b: 'own' } })
})

test('a config takes its content from a variable', () => {
  const yaml = `${web('configs: [c]')}configs: {c: {environment: TEXT}}`
  expect(loadModel(yaml, { variables: { TEXT: 'hello' } }).configs).toMatchObject({
    c: { environment: 'TEXT', content: 'hello' },
  })
})

test('a secret does not', () => {
  const yaml = `${web('secrets: [s]')}secrets: {s: {environment: TEXT}}`
  expect(JSON.stringify(loadModel(yaml, { variables: { TEXT: 'hello' } }))).not.toContain('hello')
})

describe('what is wrong with a file of variables', () => {
  test.each<[string, Texts, string]>([
    ['absent', { c: web('env_file: a.env') }, 'c:4:5 services.web.env_file[0]: the env file a.env does not exist'],
    ['not understood', { c: web('env_file: a.env'), 'a.env': 'A=1\n"B=2' }, 'a.env:2:1 : '],
    [
      'raw and not understood',
      { c: web('env_file: [{path: a.env, format: raw}]'), 'a.env': 'A=1\nB C=2' },
      'a.env:2:1 : "B C" is not a name',
    ],
    [
      'a label file that is absent',
      { c: web('label_file: [a.label]') },
      'services.web.label_file[0]: the label file a.label does not exist',
    ],
  ])('%s', (_, texts, problem) => {
    expect(renderProblems(texts).join('\n')).toContain(problem)
  })

  test.each(['folder', 'binary'] as const)('a %s', (kind) => {
    const { problems } = loadTexts(
      { c: web('env_file: a.env') },
      { read: (path) => (path === '/project/c' ? { kind: 'text', text: web('env_file: a.env') } : { kind }) },
    )
    expect(problems[0]?.message).toContain(kind === 'folder' ? 'is a folder' : 'is not text')
  })

  test('one read by so many services that it takes too long', () => {
    const services = Array.from({ length: 400 }, (_, index) => `s${index}: {image: x, env_file: a.env}`)
    const texts = { c: `services: {${services.join(', ')}}`, 'a.env': 'A=1\n'.repeat(2_000) }
    expect(renderProblems(texts).join('\n')).toContain('with a.env the env files read have more than')
  })
})
