import type { Route } from '@atoll/api'
import type { z } from 'zod'
import { ControlError } from '../errors.ts'

interface Raw {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** The parts a route has, parsed. ControlError `invalid` names what is wrong, and no value of it. */
export const parseRequest = (route: Route, { params, query, body }: Raw): Raw => ({
  params: parsePart('path', route.params, params),
  query: parsePart('query', route.query, query),
  body: parsePart('body', route.body, body),
})

const mostIssues = 5

const parsePart = (part: string, schema: z.ZodType | undefined, value: unknown): unknown => {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, mostIssues).map(({ path, code, message }) => {
    const place = [part, ...path.map(String)].join('.').slice(0, 200)
    return `${place}: ${code === 'unrecognized_keys' ? 'has keys that are not known here' : message}`
  })
  throw new ControlError('invalid', issues.join('; ').slice(0, 2000), {
    status: 400,
    hint: 'GET /v1/openapi.json says what is expected',
  })
}
