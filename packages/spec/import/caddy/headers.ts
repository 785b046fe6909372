import { cannot, type Directive } from './tree.ts'

/** Changes of headers as a compose file writes them. */
export interface Headers {
  readonly set?: Readonly<Record<string, string>>
  readonly add?: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}

/** One line of Caddy's on a header; `+X` adds, `-X` removes. */
export const changeHeader = (headers: Headers, line: readonly string[], directive: Directive): Headers => {
  const [name = '', value, ...rest] = line
  const isUnknown = /^[/@>?]/.test(name) || rest.length > 0 || name.includes('*') || value?.includes('{') === true
  if (isUnknown) throw cannot(directive, `${line.join(' ')} cannot be said of a header`, 'write response_headers')
  if (name.startsWith('-')) return { ...headers, remove: [...(headers.remove ?? []), name.slice(1)] }
  if (value === undefined) throw cannot(directive, `gives ${name} no value`, 'write response_headers')
  const key = name.startsWith('+') ? 'add' : 'set'
  return { ...headers, [key]: { ...headers[key], [name.replace(/^\+/, '')]: value } }
}
