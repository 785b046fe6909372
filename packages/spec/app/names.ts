import { hashContent, hashText } from './digest.ts'
import { at, textOf, type Source } from './source.ts'

/** Swarm's names of services and networks are DNS labels: 63 characters, letters, digits, `-` and `_` between them. */
const NAME_CHARACTERS = 63
/** Swarm takes one more for configs and secrets. */
const FILE_NAME_CHARACTERS = 64
/** Enough of a SHA-256 that two contents of one file never meet, little enough to read. */
const HASH_CHARACTERS = 10

/** Keeps the end, where names differ; what was cut or replaced stands in the hash. */
const fit = (name: string, length: number): string => {
  const clean = name.replaceAll(/[^a-zA-Z0-9_-]+/g, '-').replaceAll(/^[-_]+|[-_]+$/g, '')
  if (clean === name && name.length <= length) return name
  const hash = `a${hashText(name).slice(0, HASH_CHARACTERS)}`
  return `${hash}-${clean.slice(-(length - hash.length - 1)).replace(/^[-_]+/, '')}`.replace(/[-_]+$/, '')
}

export interface Namespace {
  readonly app: string
  readonly environment: string
}

/** `APP_ENVIRONMENT_NAME` as the engine accepts it: of services, networks and volumes. */
export const engineName = ({ app, environment }: Namespace, name: string): string =>
  fit(`${app}_${environment}_${name}`, NAME_CHARACTERS)

/**
 * `BASE_HASH`: a config or secret is immutable in the engine, so another content is another name. `kind` is whatever
 * else makes it another one.
 */
export const fileEngineName = (base: string, content: Uint8Array, kind: string): string => {
  const hash = hashContent(`${base} ${kind}`, content).slice(0, HASH_CHARACTERS)
  return `${fit(base, FILE_NAME_CHARACTERS - HASH_CHARACTERS - 1)}_${hash}`
}

/** The `name:` a person gave; loading fills in `APP_KEY`, which is none. */
export const givenName = (source: Source, key: string, { app }: Namespace): string | undefined => {
  const name = textOf(at(source, 'name'))
  return name === undefined || name === '' || name === `${app}_${key}` ? undefined : name
}

/** What a config or secret is called before its hash. */
export const engineBaseName = ({ app, environment }: Namespace, name: string): string => `${app}_${environment}_${name}`
