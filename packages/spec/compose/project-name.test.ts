import { expect, test } from 'vitest'
import type { ProjectInput } from '../project.ts'
import { loadModel, loadTexts } from './load-texts.ts'

const yaml = (name: string): string => `${name === '' ? '' : `name: ${name}\n`}services: {web: {image: x}}`

test.each<[string, string, Partial<ProjectInput>]>([
  ['chosen', yaml('file'), { projectName: 'chosen', variables: { COMPOSE_PROJECT_NAME: 'variable' } }],
  ['variable', yaml('file'), { variables: { COMPOSE_PROJECT_NAME: 'variable' } }],
  ['file', yaml('file'), { variables: { COMPOSE_PROJECT_NAME: '' } }],
  ['my-shop_2', yaml('"_My-Shop_2!"'), {}],
  ['shop-x', yaml('"shop-${A}"'), { variables: { A: 'x' } }],
  ['folder', yaml(''), { workingDir: '/srv/Folder', files: ['/project/compose.yaml'] }],
  ['project', yaml(''), { workingDir: '/', files: ['/project/compose.yaml'] }],
])('the name is %s', (name, text, input) => {
  expect(loadModel({ 'compose.yaml': text }, input).name).toBe(name)
})

test('the last file that has a name says it', () => {
  const texts = { 'a.yaml': yaml('a'), 'b.yaml': yaml('b'), 'c.yaml': yaml('') }
  expect(loadModel(texts, { files: ['a.yaml', 'b.yaml', 'c.yaml'] }).name).toBe('b')
})

test.each([
  [{ projectName: 'My Shop' }, '--project-name: "My Shop" is no project name'],
  [{ variables: { COMPOSE_PROJECT_NAME: '-x' } }, 'the variable COMPOSE_PROJECT_NAME: "-x" is no project name'],
])('%j is refused', (input, message) => {
  const { problems, project } = loadTexts({ 'compose.yaml': yaml('') }, input)
  expect(project).toBeUndefined()
  expect(problems[0]).toMatchObject({ path: '', message })
})
