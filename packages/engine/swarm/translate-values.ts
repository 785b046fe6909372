import type { Mode } from '@atoll/spec'

type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** True for what Go leaves out of its JSON: nothing, false, zero, an empty text, list or mapping. */
export const isEmpty = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Without the fields that say nothing, as Docker's own client sends a body. Texts and choices are always kept. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value))) as Given<T>

export const nanoseconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round(ms * 1_000_000)

export const runsOnce = ({ kind }: Mode): boolean => kind === 'once' || kind === 'once-per-node'
