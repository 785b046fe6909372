import { at, isIdle, refuse, textOf, warn, type Source } from './source.ts'

/**
 * What becomes of one key of the compose model.
 * `honoured`: mapped by a file of this folder (or used up by loading). `warning`: left out, the program does not notice.
 * `refused`: without it the program would see or be allowed something else.
 */
export type KeyRule =
  | { readonly verdict: 'honoured' }
  | {
      readonly verdict: 'warning' | 'refused'
      readonly message: string
      readonly hint?: string
      /** Values that ask for nothing that is not so anyway. */
      readonly harmless?: readonly string[]
    }

export type KeyTable = Readonly<Record<string, KeyRule>>

/** Rows of keys that are mapped. */
export const honoured = (...keys: readonly string[]): KeyTable =>
  Object.fromEntries(keys.map((key) => [key, { verdict: 'honoured' }]))

/** Reports every key of a mapping that the table does not call honoured; `x-...` keys belong to the person. */
export const checkKeys = (source: Source, table: KeyTable): void => {
  for (const key of Object.keys(source.value ?? {})) {
    const entry = at(source, key)
    if (isIdle(entry) || key.startsWith('x-')) continue
    checkKey(entry, Object.hasOwn(table, key) ? table[key] : undefined)
  }
}

const checkKey = (entry: Source, rule: KeyRule | undefined): void => {
  if (rule === undefined) return refuse(entry, 'Atoll does not know this key', 'remove it, or name it x-...')
  if (rule.verdict === 'honoured' || isHarmless(entry, rule.harmless ?? [])) return
  const say = rule.verdict === 'refused' ? refuse : warn
  say(entry, rule.message, rule.hint)
}

const isHarmless = (entry: Source, harmless: readonly string[]): boolean =>
  harmless.some((value) => value === textOf(entry))
