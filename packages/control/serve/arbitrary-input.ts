import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { z } from 'zod'

type Json = Readonly<Record<string, unknown>>

/** Keys whose values nobody may ever see again; of these some are planted. */
const secretKey = /password|secret|token|code|totp|base64|args|variables|^text$/i

/** A word that stands nowhere by itself. */
export const planted = `planted-${createHash('sha256').update('atoll').digest('hex').slice(0, 24)}`
export const plantedBase64 = Buffer.from(planted).toString('base64')

/** Input as a schema wants it, made from its own description, with a planted word wherever a secret would stand. */
export const arbitraryInput = (schema: z.ZodType): fc.Arbitrary<unknown> =>
  fromJsonSchema(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json, '')

const fromJsonSchema = (schema: Json, key: string): fc.Arbitrary<unknown> => {
  if ('const' in schema) return fc.constant(schema['const'])
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]))
  const options = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(options)) return fc.oneof(...options.map((option) => fromJsonSchema(option as Json, key)))
  switch (schema['type']) {
    case 'object':
      return fromObject(schema, key)
    case 'array':
      return fc.array(fromJsonSchema((schema['items'] ?? {}) as Json, key), { maxLength: 3 })
    case 'string':
      return fromText(schema, key)
    case 'integer':
      return fc.integer(limitsOf(schema))
    case 'number':
      return fc.double({ ...limitsOf(schema), noNaN: true })
    case 'boolean':
      return fc.boolean()
    default:
      return fc.jsonValue({ maxDepth: 1 })
  }
}

const limitsOf = (schema: Json) => ({
  min: Number(schema['minimum'] ?? 0),
  max: Math.min(Number(schema['maximum'] ?? 1e6), 1e6),
})

const fromObject = (schema: Json, key: string): fc.Arbitrary<unknown> => {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Json>>)
  const required = (schema['required'] ?? []) as readonly string[]
  const shape = Object.fromEntries(properties.map(([name, part]) => [name, fromJsonSchema(part, name)]))
  if (properties.length > 0) return fc.record(shape, { requiredKeys: required as string[] })
  const values = schema['additionalProperties']
  if (typeof values !== 'object' || values === null) return fc.constant({})
  return fc.dictionary(fc.constantFrom('web', 'db', '/srv/x'), fromJsonSchema(values as Json, key), { maxKeys: 2 })
}

const fromText = ({ pattern, format, maxLength, examples }: Json, key: string): fc.Arbitrary<unknown> => {
  if (format === 'base64') return fc.constant(plantedBase64)
  if (secretKey.test(key) && pattern === undefined) return fc.constant(planted)
  if (format === 'email') return fc.emailAddress()
  // Some addresses are asked: of these hosts there is none.
  if (format === 'uri') return fc.constantFrom('https://one.invalid', 'https://two.invalid:8443')
  const known = Array.isArray(examples) ? [fc.constantFrom(...(examples as string[]))] : []
  const most = Math.min(Number(maxLength ?? 50), 50)
  const fitting = typeof pattern === 'string' ? fc.stringMatching(new RegExp(pattern)) : fc.string({ maxLength: most })
  return fc.oneof(...known, fitting)
}

/** The same input with something wrong in it: a part is missing, of another type, far too long, or nobody's. */
export const spoil = (input: unknown): fc.Arbitrary<unknown> => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return fc.jsonValue()
  const keys = Object.keys(input)
  // A list, because some routes take a map of texts and show it again: labels, say.
  const nested = { x: [planted] }
  const wrong = fc.constantFrom<unknown>(null, 7, -1, 1e308, true, [], {}, [[]], '', 'x'.repeat(20_000), nested)
  const changed = keys.map((key) => wrong.map((value) => ({ ...input, [key]: value })))
  const dropped = keys.map((key) =>
    fc.constant(Object.fromEntries(Object.entries(input).filter(([name]) => name !== key))),
  )
  const unknown = fc.constantFrom('x', '__proto__', 'constructor', planted).map((key) => ({ ...input, [key]: planted }))
  return fc.oneof(unknown, ...changed, ...dropped)
}
