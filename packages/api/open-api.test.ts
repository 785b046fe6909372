import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { renderOpenApi } from './open-api.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

const fromCopy = Object.entries<Route>(routes).filter(([, route]) => route.fromCopy === true)

test('only what changes nothing and comes whole may be answered from what is known', () => {
  expect(fromCopy.length).toBeGreaterThan(5)
  for (const [name, { method, kind, role }] of fromCopy) {
    expect({ name, method, kind }).toEqual({ name, method: 'GET', kind: 'json' })
    expect(role).not.toBe('nobody')
  }
})

test('the document says which answers may be old, and in which header', () => {
  const { paths } = renderOpenApi({ version: '1' }) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  }
  const aged = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ responses }) => responses['200']?.headers?.['x-atoll-age-ms'] !== undefined)
  expect(aged.map(({ operationId }) => operationId).toSorted()).toEqual(fromCopy.map(([name]) => name).toSorted())
})

test("the document is one of OpenAPI 3.1, by somebody else's check", async () => {
  const validator = new Validator()
  const document = JSON.parse(JSON.stringify(renderOpenApi({ version: '1.0.0' }))) as Readonly<Record<string, unknown>>
  expect(await validator.validate(document)).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
  const broken = { ...document, paths: { '/v1/x': { get: { parameters: [{ name: 'x' }] } } } }
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false })
})

test('each route of the table is in it with all it takes, what may be left out as such, and what it needs', () => {
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:([a-z]+)/gi, '{$1}')
    const operation = rendered.paths[path]?.[route.method.toLowerCase()]
    expect(operation, name).toMatchObject({
      operationId: name,
      tags: [expect.any(String)],
      responses: { [route.status]: {} },
    })
    const names = [...Object.keys(route.params?.shape ?? {}), ...Object.keys(route.query?.shape ?? {})]
    const taken = operation?.parameters.filter((each) => each.in !== 'header')
    expect(taken?.map((each) => each.name)).toEqual(names)
    const hasBody = route.body !== undefined || route.upload !== undefined
    expect(operation?.requestBody !== undefined, name).toBe(hasBody)
    expect(operation?.description).toMatch(route.role === 'nobody' ? /no sign-in/ : /signed in|role/)
  }
  const releases = rendered.paths['/v1/apps/{app}/environments/{environment}/releases']?.['get']
  expect(releases?.parameters.map(({ name, required }) => [name, required])).toEqual([
    ['app', true],
    ['environment', true],
    ['limit', false],
    ['after', false],
  ])
})

const rendered = renderOpenApi({ version: '1' }) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly operationId: string
  readonly description: string
  readonly requestBody?: unknown
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly responses: Readonly<Record<string, { readonly headers?: Readonly<Record<string, unknown>> }>>
}
