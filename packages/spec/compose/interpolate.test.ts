import { expect, test } from 'vitest'
import { loadModel, loadService, loadTexts, renderProblems } from './load-texts.ts'

test('variables are put in values, wherever they stand, and not in keys', () => {
  const yaml =
    'x-$A: $A\nservices: {web: {image: "$A:${B:-2}", labels: {$A: "$$A"}, ports: ["${P}:80"], command: ["$A", "b"]}}'
  const model = loadModel(yaml, { variables: { A: 'a', P: '8080' } })
  expect(model.services['web']).toMatchObject({
    image: 'a:2',
    labels: { $A: '$A' },
    ports: [{ published: '8080' }],
    command: ['a', 'b'],
  })
  expect(model['x-$A']).toBe('a')
})

test('text from variables becomes what its key asks for', () => {
  const yaml =
    'services: {web: {image: x, privileged: "$YES", scale: "$N", cpus: "$C", mem_limit: "$M", healthcheck: {retries: "$N"}}}'
  const variables = { YES: 'true', N: '3', C: '0.5', M: '1k' }
  expect(loadService(yaml, 'web', { variables })).toMatchObject({
    privileged: true,
    scale: 3,
    cpus: 0.5,
    mem_limit: '1024',
    healthcheck: { retries: 3 },
  })
})

test('a variable that is not set is no number', () => {
  expect(renderProblems('services: {web: {image: x, scale: "$NONE"}}')).toContain(
    'compose.yaml:1:28 services.web.scale: must be a whole number from 0, not ""',
  )
})

test('a variable that is not set is told once', () => {
  const { problems, project } = loadTexts({
    'compose.yaml': 'services:\n  web: {image: "x:$TAG"}\n  api: {image: "y:$TAG${OTHER}"}',
  })
  expect(project?.model.services['web']).toMatchObject({ image: 'x:' })
  expect(problems).toEqual([
    {
      severity: 'warning',
      path: 'compose.yaml',
      line: 2,
      column: 9,
      key: 'services.web.image',
      message: 'the variable TAG is not set and taken as empty',
      hint: 'set it, or write ${TAG:-default}',
    },
    {
      severity: 'warning',
      path: 'compose.yaml',
      line: 3,
      column: 9,
      key: 'services.api.image',
      message: 'the variable OTHER is not set and taken as empty',
      hint: 'set it, or write ${OTHER:-default}',
    },
  ])
})

test('all that cannot be interpolated is told', () => {
  expect(renderProblems('services:\n  web: {image: "${"}\n  api: {image: "${NAME:?give it}"}')).toEqual([
    'compose.yaml:2:9 services.web.image: invalid interpolation in "${"; write $$ for a dollar sign that begins no variable',
    'compose.yaml:3:9 services.api.image: required variable NAME is missing a value: give it',
  ])
})

test('values that grow without end are refused', () => {
  const services = Array.from({ length: 200 }, (_, index) => `s${index}: {image: "${'$A'.repeat(5)}"}`)
  const problems = renderProblems(`services: {${services.join(', ')}}`, { variables: { A: 'a'.repeat(100_000) } })
  expect(problems.join('\n')).toContain('variables make more than')
})
