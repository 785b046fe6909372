import type { EnvironmentRef } from '@atoll/engine'
import { limits } from '../limits.ts'

interface Query {
  readonly limit?: number
  readonly after?: string
}

interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

/** A page of a list that is sorted already; `keyOf` names an item so that the next page begins after it. */
export const toPage = <Item>(
  all: readonly Item[],
  { limit = limits.pageItems, after }: Query,
  {
    keyOf,
    isAfter,
  }: { readonly keyOf: (item: Item) => string; readonly isAfter: (item: Item, key: string) => boolean },
): Page<Item> => {
  const rest = after === undefined ? all : all.filter((item) => isAfter(item, after))
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  return { items, ...(last === undefined || items.length === rest.length ? {} : { next: keyOf(last) }) }
}

/** Of a list that most clusters have few of, so that most callers get all of it at once. */
export const toLongPage: typeof toPage = (all, query, order) =>
  toPage(all, { limit: limits.longPageItems, ...query }, order)

const compareNames = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** By app, then by environment. */
export const compareRefs = (a: EnvironmentRef, b: EnvironmentRef): number =>
  compareNames(a.app, b.app) || compareNames(a.environment, b.environment)

/** Of a list in that order. Neither part has a dot in it. */
export const byRef = <Item>(refOf: (item: Item) => EnvironmentRef) => ({
  keyOf: (item: Item): string => {
    const { app, environment } = refOf(item)
    return `${app}.${environment}`
  },
  isAfter: (item: Item, key: string): boolean => {
    const [app = '', environment = ''] = key.split('.')
    return compareRefs(refOf(item), { app, environment }) > 0
  },
})

/** Newest first by number. */
export const byNumber = <Item>(numberOf: (item: Item) => number) => ({
  keyOf: (item: Item): string => String(numberOf(item)),
  isAfter: (item: Item, key: string): boolean => numberOf(item) < Number(key),
})

export const byName = <Item>(nameOf: (item: Item) => string) => ({
  keyOf: nameOf,
  isAfter: (item: Item, key: string): boolean => nameOf(item) > key,
})
