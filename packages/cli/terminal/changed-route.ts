import type { RouteFields } from '@atoll/spec'
import { stringify } from 'yaml'

/** A release holds it, and no file does: what to do about that, with the text to paste. */
export const renderAddedRoute = (service: string, fields: RouteFields): string => {
  const file = { services: { [service]: { 'x-atoll': { routes: [fields] } } } }
  const text = stringify(doubleDollars(file), { lineWidth: 0 })
  return `Also write it under x-atoll in the compose file, or the next deploy takes it away:\n\n${text}`
}

export const renderRemovedRoute = (): string =>
  'Also take it out of the compose file, or the next deploy brings it back.\n'

/** In a file a `$` begins a variable. */
const doubleDollars = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$')
  if (Array.isArray(value)) return value.map(doubleDollars)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, doubleDollars(item)]))
}
