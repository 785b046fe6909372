import { anything, dictionary, duration, explicitFlag, list, record, text, textOrNumber, whole } from './shape.ts'
import type { Shape } from './shape.ts'

/** The part of JSON Schema that our own settings use. */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  /** `false`: only the properties. */
  readonly additionalProperties?: JsonSchema | boolean
  readonly anyOf?: readonly JsonSchema[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** The shape that takes what a JSON Schema takes, so that problems have positions and advice like all others. */
export const shapeOfSchema = (schema: JsonSchema): Shape => {
  switch (schema.type) {
    case 'object':
      return shapeOfObject(schema)
    case 'array':
      return list(schema.items === undefined ? anything : shapeOfSchema(schema.items))
    case 'string':
      if (schema.format === 'duration') return duration
      return text(schema.enum === undefined ? {} : { oneOf: schema.enum })
    case 'boolean':
      return explicitFlag
    case 'integer':
      return whole({ keepsZero: true, ...boundsOf(schema) })
    default:
      return schema.anyOf?.every(({ type }) => type === 'string' || type === 'integer') === true
        ? textOrNumber
        : anything
  }
}

const shapeOfObject = ({ properties = {}, required, additionalProperties }: JsonSchema): Shape => {
  if (typeof additionalProperties === 'object') return dictionary(shapeOfSchema(additionalProperties))
  const fields = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, shapeOfSchema(value)]))
  return record(fields, required === undefined ? {} : { required })
}

/** The bounds of what JavaScript counts exactly are no bounds of ours. */
const boundsOf = ({ minimum, maximum }: JsonSchema): { readonly minimum?: number; readonly maximum?: number } => ({
  ...(minimum !== undefined && Number.MIN_SAFE_INTEGER < minimum && { minimum }),
  ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && { maximum }),
})
