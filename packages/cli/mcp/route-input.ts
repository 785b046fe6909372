import { routes } from '@atoll/api'
import type { Route, RouteName } from '@atoll/api'
import { z } from 'zod'
import { defaultEnvironment } from '../parameters.ts'
import type { ToolInput } from './tool.ts'

type Shape = Readonly<Record<string, z.ZodType>>

/** What is in the path and the query of a route, as one object; of an environment nobody names, production is meant. */
export const inputOf = (name: RouteName, more: Shape = {}): z.ZodObject => {
  const { params, query }: Route = routes[name]
  const shape = { ...params?.shape, ...query?.shape } as Shape
  const { environment } = shape
  return z.strictObject({
    ...shape,
    ...(environment === undefined ? {} : { environment: environment.default(defaultEnvironment) }),
    ...more,
  })
}

/** The same taken apart again, as a call of the client wants it. */
export const splitInput = (
  name: RouteName,
  input: ToolInput,
): { readonly params: ToolInput; readonly query: ToolInput } => {
  const { params, query }: Route = routes[name]
  return { params: pick(input, params), query: pick(input, query) }
}

const pick = (input: ToolInput, schema: z.ZodObject | undefined): ToolInput =>
  Object.fromEntries(Object.entries(input).filter(([key]) => schema !== undefined && key in schema.shape))
