import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { CommandError } from '../errors.ts'

/** A cluster somebody has signed in to from here. */
export interface ClusterContext {
  readonly name: string
  /** Of all known controls, the one that answered last first: `https://10.0.0.1:8443`. */
  readonly urls: readonly string[]
  readonly authorityPem: string
  readonly token: string
  readonly person: string
}

export interface Contexts {
  readonly current?: string
  readonly contexts: readonly ClusterContext[]
}

const placeOf = (configDir: string): string => join(configDir, 'contexts.json')

/** None where there is no file. Throws CommandError for one that cannot be read. */
export const readContexts = async (configDir: string): Promise<Contexts> => {
  const path = placeOf(configDir)
  try {
    return parseContexts(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { contexts: [] }
    throw new CommandError('bad-contexts', `read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: 'remove the file and sign in again with "atoll login"',
      cause,
    })
  }
}

/** Whoever reads the file may act as the person, so nobody else may; a crash leaves the old one or the new one. */
export const writeContexts = async (configDir: string, contexts: Contexts): Promise<void> => {
  const path = placeOf(configDir)
  const draft = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(draft, `${JSON.stringify(contexts, undefined, 2)}\n`, { mode: 0o600 })
  await rename(draft, path)
}

/** With this one in it, in the place of the one of its name. */
export const withContext = ({ contexts, ...rest }: Contexts, context: ClusterContext): Contexts => ({
  ...rest,
  contexts: [...contexts.filter(({ name }) => name !== context.name), context].toSorted(byName),
})

/** Without it; then none is current, if it was. */
export const withoutContext = ({ current, contexts }: Contexts, gone: string): Contexts => ({
  ...(current === undefined || current === gone ? {} : { current }),
  contexts: contexts.filter(({ name }) => name !== gone),
})

/** Throws CommandError when there is none of this name. */
export const getContext = ({ contexts }: Contexts, name: string): ClusterContext => {
  const found = contexts.find((context) => context.name === name)
  if (found !== undefined) return found
  const known = contexts.map((context) => context.name).join(', ')
  throw new CommandError('not-found', `find the context ${name}: there is none of this name`, {
    hint: known === '' ? 'sign in to a cluster with "atoll login URL"' : `there is: ${known}`,
  })
}

const byName = (one: ClusterContext, other: ClusterContext): number => (one.name < other.name ? -1 : 1)

const parseContexts = (value: unknown): Contexts => {
  const { current, contexts } = toRecord(value)
  if (!Array.isArray(contexts)) throw new Error('it is no list of contexts')
  return { ...(typeof current === 'string' ? { current } : {}), contexts: contexts.map(parseContext) }
}

const parseContext = (value: unknown): ClusterContext => {
  const { name, urls, authorityPem, token, person } = toRecord(value)
  if (!Array.isArray(urls) || urls.length === 0) throw new Error('a context has no address')
  return {
    name: toText(name),
    urls: urls.map(toText),
    authorityPem: toText(authorityPem),
    token: toText(token),
    person: toText(person),
  }
}

const toRecord = (value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null) throw new Error('it is no object')
  return value as Readonly<Record<string, unknown>>
}

const toText = (value: unknown): string => {
  if (typeof value !== 'string') throw new Error('a text is missing')
  return value
}
