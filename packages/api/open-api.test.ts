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

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, { readonly headers?: Readonly<Record<string, unknown>> }>>
}
