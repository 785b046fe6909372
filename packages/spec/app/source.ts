import type { Problem } from '../problem.ts'
import type { ComposeMapping, ComposeValue, Project } from '../project.ts'

type Step = string | number

/** What every section of the mapping shares: where keys stand, and where problems gather. */
export interface Trail {
  readonly project: Project
  readonly problems: Problem[]
}

/** One value of the canonical model together with its key, so that whatever is wrong with it can be shown in the file. */
export interface Source {
  readonly trail: Trail
  readonly key: readonly Step[]
  readonly value: ComposeValue | undefined
}

export const isMapping = (value: ComposeValue | undefined): value is ComposeMapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isList = (value: ComposeValue | undefined): value is readonly ComposeValue[] => Array.isArray(value)

/** Own keys only: a service may be called `constructor`. */
const child = (value: ComposeValue | undefined, step: Step): ComposeValue | undefined => {
  if (isList(value) && typeof step === 'number') return value[step]
  return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

export const at = (source: Source, ...steps: readonly Step[]): Source => ({
  trail: source.trail,
  key: [...source.key, ...steps],
  value: steps.reduce<ComposeValue | undefined>(child, source.value),
})

export const rootOf = (trail: Trail): Source => ({ trail, key: [], value: trail.project.model })

/** Absent, or saying nothing: `null`, `false`, an empty text, list or mapping. */
export const isIdle = ({ value }: Source): boolean => {
  if (value === undefined || value === null || value === false || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

export const textOf = ({ value }: Source): string | undefined =>
  value === undefined || value === null || typeof value === 'object' ? undefined : String(value)

/** Never -0, which JSON does not know. */
export const numberOf = (source: Source): number | undefined => {
  const text = textOf(source)
  const number = Number(text)
  return text === undefined || text === '' || !Number.isFinite(number) ? undefined : number + 0
}

/** Also the words a person's variable may have left: `"true"`. */
export const flagOf = (source: Source): boolean | undefined => {
  const text = textOf(source)
  return text === undefined || text === '' ? undefined : text === 'true'
}

export const itemsOf = (source: Source): readonly Source[] =>
  isList(source.value) ? source.value.map((_, index) => at(source, index)) : []

/** Sorted by key: an App's lists are in this order. */
export const entriesOf = (source: Source): readonly (readonly [string, Source])[] =>
  isMapping(source.value)
    ? Object.keys(source.value)
        .sort()
        .map((key) => [key, at(source, key)] as const)
    : []

/** A list of texts; one text alone is a list of one. */
export const textsOf = (source: Source): readonly string[] => {
  const sources = isList(source.value) ? itemsOf(source) : [source]
  return sources.map(textOf).filter((text) => text !== undefined)
}

/** A mapping of texts; keys without a value are left out, as `docker compose` leaves a variable nobody set. */
export const pairsOf = (source: Source): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entriesOf(source).flatMap(([key, value]) => {
      const text = textOf(value)
      return text === undefined ? [] : [[key, text]]
    }),
  )

export const isWritten = ({ trail, key }: Source): boolean => trail.project.isWritten(key)

export const renderKey = (key: readonly Step[]): string =>
  key.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? step : `${text}.${step}`
  }, '')

const report = (source: Source, severity: Problem['severity'], text: { message: string; hint?: string }): void => {
  const key = renderKey(source.key)
  source.trail.problems.push({ severity, ...source.trail.project.locate(source.key), key, ...text })
}

/** This cannot be had, and without it the program is another one: nothing is deployed. */
export const refuse = (source: Source, message: string, hint?: string): undefined => {
  report(source, 'error', hint === undefined ? { message } : { message, hint })
}

/** This is left out or done otherwise, without harm. */
export const warn = (source: Source, message: string, hint?: string): void =>
  report(source, 'warning', hint === undefined ? { message } : { message, hint })
