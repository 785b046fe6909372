import type { Options } from '../options.ts'
import { CannotTurn, type Label } from '../turned.ts'

/** A route on its way: what it matches, and what middlewares made of it so far. */
export interface Draft {
  readonly match: Record<string, unknown>
  /** Keys besides those of the match, as far as they are known. */
  readonly keys: Record<string, unknown>
  /** What now stands where the matched prefix did; undefined: the path is as it came. */
  rewritten?: string
  /** Paths below the prefix that get another; the rest is answered as it is. */
  replaced?: { readonly pattern: string; readonly by: string }
  /** Requests without TLS are sent to it. */
  isSentToTls: boolean
}

/** Puts what one middleware of that kind does into a route. `label` is for what its options as a whole cannot be. */
export type Middleware = (draft: Draft, options: Options, label: Label) => void

export const setKey = (
  draft: Draft,
  key: string,
  { value, label }: { readonly value: unknown; readonly label: Label },
): void => {
  if (key in draft.keys)
    throw new CannotTurn(label, `${key} is said twice for one route`, 'keep one of the two middlewares')
  draft.keys[key] = value
}

/** Adds headers to what is set or removed; an empty value removes. */
export const changeHeaders = (
  draft: Draft,
  key: 'request_headers' | 'response_headers',
  values: readonly (readonly [name: string, value: string])[],
): void => {
  if (values.length === 0) return
  const before = (draft.keys[key] ?? {}) as { readonly set?: object; readonly remove?: readonly string[] }
  const set = { ...before.set, ...Object.fromEntries(values.filter(([, value]) => value !== '')) }
  const remove = [...(before.remove ?? []), ...values.filter(([, value]) => value === '').map(([name]) => name)]
  draft.keys[key] = {
    ...before,
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...(remove.length === 0 ? {} : { remove }),
  }
}

/** The prefix a route matches, without a slash at its end; undefined when it matches otherwise. */
export const prefixOf = ({ match }: Draft): string | undefined => {
  if ('path_exact' in match || 'path_regex' in match) return undefined
  return typeof match['path'] === 'string' ? match['path'] : ''
}
