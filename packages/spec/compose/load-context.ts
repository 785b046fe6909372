import type { FileRead, Position } from '../project.ts'
import { normalizePath } from './file-path.ts'
import type { Budget } from './limits.ts'
import { MAX_FILES } from './limits.ts'
import type { KeyPath, Node } from './node.ts'
import { parseYaml } from './parse.ts'
import type { Report } from './problem-list.ts'
import type { Lookup } from './template.ts'

/** What all steps of one load share. */
export interface LoadContext {
  readonly report: Report
  readonly budget: Budget
  readonly read: (absolutePath: string) => FileRead
  readonly exists: (absolutePath: string) => boolean
  /** Folder of the person's own project: files below it are named relative to it. */
  readonly workingDir: string
  /** The home folder, for paths that begin with `~`. */
  readonly home: string | undefined
  /** Variables already warned about: each is told once. */
  readonly unset: Set<string>
}

/** What differs between the person's own project and each one it includes. */
export interface Surroundings {
  /** Absolute folder that relative paths are against. */
  readonly folder: string
  readonly lookup: Lookup
  /** Absolute paths of the files being loaded, outermost first: an include of one of them is a cycle. */
  readonly including: readonly string[]
}

/** A file to read, and the key that asks for it. */
export interface FileRequest {
  readonly absolutePath: string
  /** Where the file is named; absent when a person named it. */
  readonly at?: Position | undefined
  readonly key?: KeyPath | undefined
  /** What a person calls it: `the env file`. */
  readonly what: string
}

/** The path as a person knows it. */
export const renderPath = (absolutePath: string, { workingDir }: Pick<LoadContext, 'workingDir'>): string =>
  absolutePath.startsWith(`${workingDir}/`) ? absolutePath.slice(workingDir.length + 1) : absolutePath

/** The text of a file, or undefined when it cannot be read, which is reported. */
export const readText = (request: FileRequest, context: LoadContext): string | undefined => {
  const path = renderPath(request.absolutePath, context)
  const { at = { path, line: 1, column: 1 }, key = [] } = request
  const result = context.read(normalizePath(request.absolutePath))
  if (result.kind === 'text') return result.text
  context.report({ at, key, message: `${request.what} ${path} ${reasonOf(result)}`, hint: adviceOf(result) })
  return undefined
}

const reasonOf = (result: Exclude<FileRead, { kind: 'text' }>): string => {
  switch (result.kind) {
    case 'absent':
      return 'does not exist'
    case 'folder':
      return 'is a folder'
    case 'too-large':
      return `has ${result.bytes} bytes, which is too many`
    case 'binary':
      return 'is not text'
    case 'unreadable':
      return `cannot be read: ${result.reason}`
  }
}

const adviceOf = (result: FileRead): string =>
  result.kind === 'absent' ? 'create it, or correct the path' : 'name a text file'

/** The YAML documents of a compose file; undefined when it cannot be read, which is reported. */
export const readDocuments = (request: FileRequest, context: LoadContext): readonly Node[] | undefined => {
  if (--context.budget.files < 0) {
    const at = request.at ?? { path: renderPath(request.absolutePath, context), line: 1, column: 1 }
    context.report({ at, key: request.key ?? [], message: `the project has more than ${MAX_FILES} compose files` })
    return undefined
  }
  const text = readText(request, context)
  return text === undefined ? undefined : parseYaml({ path: renderPath(request.absolutePath, context), text }, context)
}
