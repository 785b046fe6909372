import type { Service } from '@atoll/spec'
import type { FieldChange } from './observed.ts'

type Fields = Readonly<Record<string, unknown>>

/** What tells the items of a list apart; lists not named here are compared whole. */
const identities: Readonly<Record<string, readonly string[]>> = {
  mounts: ['target'],
  configs: ['target'],
  secrets: ['target'],
  networks: ['network'],
  ports: ['target', 'protocol'],
  dependsOn: ['service'],
  ulimits: ['name'],
}

/** Names say which service it is, and a build is gone once its image is known: neither is a change to a running service. */
const ignored: ReadonlySet<string> = new Set(['name', 'engineName', 'build'])

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
  }
  return isFields(a) && isFields(b) && isEqualFields(a, b)
}

/** A field that is absent and one that is undefined are the same. */
const isEqualFields = (a: Fields, b: Fields): boolean => {
  for (const key in a) if (!isEqual(a[key], b[key])) return false
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false
  return true
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** A list as a record by what tells its items apart; a second item of the same identity gets a number. */
const byIdentity = (list: readonly unknown[], keys: readonly string[]): Fields => {
  const record: Record<string, unknown> = {}
  for (const item of list) {
    const base = keys.map((key) => (isFields(item) ? String(item[key]) : '')).join('/')
    let name = base
    for (let count = 2; Object.hasOwn(record, name); count += 1) name = `${base}#${count}`
    record[name] = item
  }
  return record
}

const toFields = (field: string, value: unknown): unknown => {
  const keys = identities[field]
  return keys !== undefined && isList(value) ? byIdentity(value, keys) : value
}

/** What differs between two values of a field; of what lies inside, where both have it. */
export const compare = (field: string, before: unknown, after: unknown): readonly FieldChange[] => {
  if (isEqual(before, after)) return []
  const from = toFields(field, before)
  const to = toFields(field, after)
  if (isFields(from) && isFields(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()
    return keys.flatMap((key) => compare(`${field}.${key}`, from[key], to[key]))
  }
  return [
    {
      field,
      ...(before === undefined ? {} : { from: JSON.stringify(before) }),
      ...(after === undefined ? {} : { to: JSON.stringify(after) }),
    },
  ]
}

/** What differs between two definitions of a service, field by field in the words of the App, sorted by field. */
export const diffServices = (from: Service, to: Service): readonly FieldChange[] => {
  const before = from as unknown as Fields
  const after = to as unknown as Fields
  if (isEqualFields(before, after)) return []
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys]
    .filter((key) => !ignored.has(key) && !isEqual(before[key], after[key]))
    .sort()
    .flatMap((key) => compare(key, before[key], after[key]))
}

/** Whether two definitions of a network, config or secret say the same. */
export const isSame = (a: object, b: object): boolean => isEqualFields(a as Fields, b as Fields)
