import type { ComposeModel, ComposeValue } from './project.ts'

type Step = string | number

/**
 * The key of the model that a text names, as far as the model has it: `services.web.volumes (/data)` is the item of the list
 * that is, or has as its target or source, what stands in parentheses. Names with dots are read as names where there is one.
 */
export const findKey = (model: ComposeModel, text: string): readonly Step[] => {
  const [, names = text, item] = /^(.*?)(?: \((.*)\))?$/s.exec(text) ?? []
  const { key, value } = descend(model, names)
  const index = item === undefined || !Array.isArray(value) ? -1 : value.findIndex((each) => isItem(each, item))
  return index < 0 ? key : [...key, index]
}

const descend = (model: ComposeModel, names: string): { readonly key: readonly Step[]; readonly value: unknown } => {
  const key: Step[] = []
  let value: unknown = model
  let rest = names
  for (;;) {
    const step = findStep(value, rest)
    if (step === undefined) return { key, value }
    key.push(step)
    value = Reflect.get(value as object, step)
    rest = rest.slice(step.length + 1)
  }
}

/** The longest of a mapping's keys that the text begins with. */
const findStep = (value: unknown, rest: string): string | undefined => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fitting = Object.keys(value).filter((name) => rest === name || rest.startsWith(`${name}.`))
  return fitting.toSorted((a, b) => b.length - a.length)[0]
}

const isItem = (value: ComposeValue, item: string): boolean => {
  if (typeof value !== 'object' || value === null) return bareName(String(value)) === bareName(item)
  if (!('target' in value) && !('source' in value)) return false
  return ['target', 'source'].some((name) => trimSlash(textIn(value, name)) === trimSlash(item))
}

/** A capability is the same with and without `CAP_`. */
const bareName = (text: string): string => text.trim().replace(/^CAP_/i, '')

const textIn = (value: object, name: string): string => {
  const text: unknown = Reflect.get(value, name)
  return typeof text === 'string' ? text : ''
}

/** A target stays as it was written. */
const trimSlash = (path: string): string => path.replace(/(?<=.)\/+$/, '')
