import { dirname, resolve } from 'node:path'
import { readServerFile } from '@atoll/server/declared'
import type { ServerFile, Sources } from '@atoll/server/declared'
import type { Cli } from '../cli.ts'
import { InvalidInputError } from '../errors.ts'
import { readContent, readFile } from '../project/read-file.ts'

/** `server.yaml` with the contents of the files it names, by the `source` that names them. */
export interface ReadServers {
  readonly file: ServerFile
  readonly sources: Sources
  /** The folder that paths in it begin at. */
  readonly folder: string
}

/** Throws InvalidInputError with all that is wrong in it. */
export const readServers = ({ config }: Cli, named: string): ReadServers => {
  const path = resolve(config.workingDir, named)
  const read = readFile(path)
  if (read.kind !== 'text')
    throw refuse(path, reasons[read.kind], `write it as docs/server-yaml.md says, or name it with -f`)
  const parsed = readServerFile(path, read.text)
  if (parsed.kind === 'refused') throw new InvalidInputError(parsed.problems)
  const folder = dirname(path)
  return { file: parsed.file, folder, sources: readSources(path, parsed.file) }
}

const reasons = {
  absent: 'there is no such file',
  folder: 'it is a folder',
  binary: 'it is no text',
  'too-large': 'it is larger than 8 MiB',
  unreadable: 'it cannot be read',
} as const

const readSources = (path: string, { all, roles = {}, nodes = {} }: ServerFile): Sources => {
  const sets = [all, ...Object.values(roles), ...Object.values(nodes)]
  const names = sets.flatMap((settings) =>
    Object.values(settings?.files ?? {}).flatMap((file) => (file === 'absent' ? [] : (file.source ?? []))),
  )
  const contents = [...new Set(names)].map((name) => [name, readContent(resolve(dirname(path), name))] as const)
  const sources = new Map<string, Uint8Array>()
  const problems = contents.flatMap(([name, content]) => {
    if (content.kind !== 'bytes')
      return refuse(path, `${name}: ${reasons[content.kind]}`, 'its path begins at the folder of the file').problems
    sources.set(name, content.bytes)
    return []
  })
  if (problems.length > 0) throw new InvalidInputError(problems)
  return sources
}

const refuse = (path: string, message: string, hint: string): InvalidInputError =>
  new InvalidInputError([{ severity: 'error', path, line: 1, column: 1, key: '', message, hint }])
