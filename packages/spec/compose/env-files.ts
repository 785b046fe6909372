import { parseDotenv } from './dotenv.ts'
import { MAX_ENV_FILE_CHARACTERS, MAX_NODES } from './limits.ts'
import type { FileRequest, LoadContext } from './load-context.ts'
import { readText, renderPath } from './load-context.ts'
import type { Lookup } from './template.ts'

export interface EnvFile extends FileRequest {
  /** `raw`: values are taken to the end of the line, without quotes and variables. */
  readonly format?: string | undefined
}

/** Variables of env files, later files over earlier ones. Files that cannot be read or understood are reported. */
export const readEnvFiles = (
  files: readonly EnvFile[],
  lookup: Lookup,
  context: LoadContext,
): ReadonlyMap<string, string> => {
  const values = new Map<string, string>()
  const lookupAll: Lookup = (name) => lookup(name) ?? values.get(name)
  for (const file of files) for (const [name, value] of readEnvFile(file, lookupAll, context)) values.set(name, value)
  return values
}

const readEnvFile = (file: EnvFile, lookup: Lookup, context: LoadContext): ReadonlyMap<string, string> => {
  const text = readText(file, context)
  if (text === undefined) return new Map()
  context.budget.envFileCharacters -= text.length
  if (context.budget.envFileCharacters < 0) {
    return refuseSize(file, `the env files read have more than ${MAX_ENV_FILE_CHARACTERS} characters`, context)
  }
  const parsed = file.format === 'raw' ? parseRaw(text, lookup) : parseDotenv(text, lookup)
  if (parsed.kind === 'ok') {
    context.budget.nodes -= parsed.values.size
    if (context.budget.nodes >= 0) return parsed.values
    return refuseSize(file, `the files have more than ${MAX_NODES} values`, context)
  }
  const at = { path: renderPath(file.absolutePath, context), line: parsed.line, column: 1 }
  context.report({ at, message: parsed.message, hint: 'write NAME=value' })
  return new Map()
}

const refuseSize = (
  { absolutePath, at, key = [] }: EnvFile,
  what: string,
  context: LoadContext,
): ReadonlyMap<string, string> => {
  const path = renderPath(absolutePath, context)
  const message = `with ${path} ${what}`
  context.report({ at: at ?? { path, line: 1, column: 1 }, key, message, hint: 'mount large values as configs' })
  return new Map()
}

type Raw =
  | { readonly kind: 'ok'; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: 'error'; readonly line: number; readonly message: string }

/** The format of `docker run --env-file`: a name alone takes the value from outside, where there is one. */
const parseRaw = (text: string, lookup: Lookup): Raw => {
  const values = new Map<string, string>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '').trimStart()
    if (line === '' || line.startsWith('#')) continue
    const end = line.indexOf('=')
    const name = end === -1 ? line : line.slice(0, end)
    if (name === '' || /\s/.test(name)) return { kind: 'error', line: index + 1, message: `"${name}" is not a name` }
    const value = end === -1 ? lookup(name) : line.slice(end + 1)
    if (value !== undefined) values.set(name, value)
  }
  return { kind: 'ok', values }
}
