import type { RouteFields } from '@atoll/spec'
import { parse } from 'yaml'
import { UsageError } from './errors.ts'

/**
 * Keys of a route as words: `host=shop.example.org port=8080 'rate_limit={requests: 100, per: 1m}'`. What begins with a bracket
 * is read as YAML, as behind the key in a compose file; anything else is meant as it is typed.
 */
export const parseFields = (words: readonly string[]): RouteFields => {
  const fields = new Map<string, unknown>()
  for (const word of words) {
    const [, key, text] = /^([a-z0-9_-]+)=(.*)$/is.exec(word) ?? []
    if (key === undefined || text === undefined) throw notUnderstood(word)
    if (fields.has(key)) throw new UsageError(`"${word}": ${key} is said twice`, 'say each key once')
    fields.set(key, parseValue(key, text))
  }
  return Object.fromEntries(fields)
}

const parseValue = (key: string, text: string): unknown => {
  if (/^[{[]/.test(text)) return parseYaml(key, text)
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d{1,9}$/.test(text) ? Number(text) : text
}

const parseYaml = (key: string, text: string): unknown => {
  try {
    return parse(text)
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new UsageError(`${key}: ${text} cannot be read: ${reason.replace(/:$/, '')}`, 'write it as in a compose file')
  }
}

const notUnderstood = (word: string): UsageError =>
  new UsageError(`"${word}": write it as KEY=VALUE, such as host=shop.example.org`, 'docs/routes.md has every key')
