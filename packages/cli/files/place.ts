import { posix } from 'node:path'
import { UsageError } from '../errors.ts'

/** One end of a copy. */
export type Place =
  /** `task` is a service or `SERVICE.SLOT`; the path is absolute. */
  | { readonly kind: 'task'; readonly task: string; readonly path: string; readonly wants: Wants }
  | { readonly kind: 'local'; readonly path: string; readonly wants: Wants }
  /** A tar, by standard input or output. */
  | { readonly kind: 'pipe' }

/** What stands at the end of a path: `/` wants a folder, `/.` what is in it. */
export type Wants = 'anything' | 'folder' | 'content'

export type TaskPlace = Extract<Place, { kind: 'task' }>
export type LocalPlace = Exclude<Place, { kind: 'task' }>

/** `-`, `web:/etc`, `web.2:/etc`, or a path of this machine; one with a colon in its first part is written `./a:b`. */
export const parsePlace = (text: string): Place => {
  if (text === '-') return { kind: 'pipe' }
  const [, task, path] = /^([A-Za-z0-9][\w.-]*):(.*)$/s.exec(text) ?? []
  const wants = readWants(path ?? text)
  if (task === undefined || path === undefined) return { kind: 'local', path: text, wants }
  if (path === '') throw new UsageError(`${text}: it names no path`, `write it as ${task}:/PATH`)
  return { kind: 'task', task, path: posix.resolve('/', path), wants }
}

const readWants = (path: string): Wants => {
  if (/(?:^|\/)\.$/.test(path)) return 'content'
  return path.endsWith('/') ? 'folder' : 'anything'
}
