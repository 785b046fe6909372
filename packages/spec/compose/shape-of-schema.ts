import { anything, explicitFlag, list, record, text, whole } from './shape.ts'
import type { Shape } from './shape.ts'

/** The part of JSON Schema that our own settings use. */
export interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
}

/** The shape that takes what a JSON Schema takes, so that problems have positions and advice like all others. */
export const shapeOfSchema = (schema: JsonSchema): Shape => {
  switch (schema.type) {
    case 'object':
      return record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, value]) => [key, shapeOfSchema(value)])),
        schema.required === undefined ? {} : { required: schema.required },
      )
    case 'array':
      return list(schema.items === undefined ? anything : shapeOfSchema(schema.items))
    case 'string':
      return text(schema.enum === undefined ? {} : { oneOf: schema.enum })
    case 'boolean':
      return explicitFlag
    case 'integer':
      return whole({ keepsZero: true })
    default:
      return anything
  }
}
