import { StoreError } from './errors.ts'

/**
 * The JSON text of a document's value. Fields that are undefined do not exist; anything JSON would change in silence
 * (bytes, dates, maps, NaN, holes) is StoreError `not-json`: secret values are bytes, so none gets here by mistake.
 */
export const renderPlainJson = (value: unknown, what: string): string => {
  try {
    return JSON.stringify(value, refuseOthers) ?? fail('undefined')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError('not-json', `write ${what}: its value is not plain JSON: ${reason}`, { cause })
  }
}

function refuseOthers(this: unknown, key: string, converted: unknown): unknown {
  const value: unknown = this instanceof Object ? Reflect.get(this, key) : converted
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : fail(String(value))
    case 'undefined':
      return Array.isArray(this) ? fail('a list with a hole') : value
    case 'object':
      return value === null || Array.isArray(value) || isPlain(value) ? value : fail(value.constructor.name)
    default:
      return fail(`a ${typeof value}`)
  }
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

const fail = (what: string): never => {
  throw new TypeError(`it holds ${what}`)
}
