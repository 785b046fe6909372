import type { FileReference, SecretValues, StoredFile } from '../app.ts'
import type { FileRead } from '../project.ts'
import { bytesOfText, renderBase64 } from './digest.ts'
import { defined } from './defined.ts'
import { checkKeys } from './keys.ts'
import { engineBaseName, fileEngineName, givenName, type Namespace } from './names.ts'
import { fileKeys } from './section-keys.ts'
import { at, entriesOf, flagOf, isWritten, itemsOf, pairsOf, refuse, textOf, type Source } from './source.ts'

/** What a file of a config or secret holds; unlike a compose file it may be binary. */
export type ContentRead =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | Exclude<FileRead, { readonly kind: 'text' | 'binary' }>

export interface ContentSources {
  /** Reads a file by absolute path; must not throw. Without it every `file:` counts as empty. */
  readonly readContent?: (absolutePath: string) => ContentRead
}

/** Swarm keeps configs and secrets in its Raft log, which takes 500 KB for one object. */
const LARGEST_FILE_BYTES = 500 * 1024

export interface StoredFiles {
  readonly files: ReadonlyMap<string, StoredFile>
  readonly values: SecretValues
}

/** The top-level `configs` or `secrets`; of secrets the values come apart from the definitions. */
export const storedFilesOf = (
  root: Source,
  section: 'configs' | 'secrets',
  context: { readonly namespace: Namespace; readonly contents: ContentSources; readonly used: ReadonlySet<string> },
): StoredFiles => {
  const files = new Map<string, StoredFile>()
  const values: Record<string, Uint8Array> = {}
  for (const [name, source] of entriesOf(at(root, section))) {
    checkKeys(source, fileKeys)
    if (!context.used.has(name)) continue
    const bytes = flagOf(at(source, 'external')) ? undefined : contentOf(source, context.contents)
    const file = storedFileOf(source, { name, bytes, namespace: context.namespace })
    if (section === 'secrets' && bytes !== undefined) values[file.engineName] = bytes
    const dataBase64 = section === 'configs' && bytes !== undefined ? renderBase64(bytes) : undefined
    files.set(name, defined({ ...file, dataBase64 }))
  }
  return { files, values }
}

const storedFileOf = (
  source: Source,
  { name, bytes, namespace }: { name: string; bytes: Uint8Array | undefined; namespace: Namespace },
): StoredFile => {
  const given = givenName(source, name, namespace)
  const base = given ?? engineBaseName(namespace, name)
  const labels = pairsOf(at(source, 'labels'))
  const templateDriver = textOf(at(source, 'template_driver'))
  const kind = JSON.stringify([labels, templateDriver ?? ''])
  return defined({
    name,
    engineName: bytes === undefined ? (given ?? name) : fileEngineName(base, bytes, kind),
    isExternal: bytes === undefined,
    labels,
    templateDriver,
  })
}

const contentOf = (source: Source, contents: ContentSources): Uint8Array => {
  const bytes = readContentOf(source, contents)
  if (bytes.length > LARGEST_FILE_BYTES) {
    refuse(
      source,
      `holds ${bytes.length} bytes; Swarm keeps 500 KB at most`,
      'put large files into the image or a volume',
    )
  }
  return bytes
}

const nothing = new Uint8Array()

const readContentOf = (source: Source, contents: ContentSources): Uint8Array => {
  const content = textOf(at(source, 'content'))
  if (content !== undefined) return bytesOfText(content)
  const variable = textOf(at(source, 'environment'))
  if (variable !== undefined) return variableOf(at(source, 'environment'), variable)
  const path = textOf(at(source, 'file'))
  if (path !== undefined) return fileOf(at(source, 'file'), path, contents)
  refuse(source, 'nothing says what it holds', 'set file, environment, content or external: true')
  return nothing
}

const variableOf = (source: Source, name: string): Uint8Array => {
  const value = source.trail.project.findVariable(name)
  if (value !== undefined) return bytesOfText(value)
  refuse(source, `the variable ${name} is not set`, `set ${name} in the environment or in .env`)
  return nothing
}

const fileOf = (source: Source, path: string, { readContent }: ContentSources): Uint8Array => {
  if (readContent === undefined) return nothing
  const read = readContent(path)
  if (read.kind === 'bytes') return read.bytes
  refuse(source, `read ${path}: ${describe(read)}`, 'check the path; it is relative to the first compose file')
  return nothing
}

const describe = (read: Exclude<ContentRead, { kind: 'bytes' }>): string => {
  switch (read.kind) {
    case 'absent':
      return 'there is no such file'
    case 'folder':
      return 'it is a folder'
    case 'too-large':
      return `it has ${read.bytes} bytes`
    case 'unreadable':
      return read.reason
  }
}

/** A service's `configs` or `secrets`, sorted by name. */
export const fileReferencesOf = (source: Source, files: ReadonlyMap<string, StoredFile>): readonly FileReference[] =>
  itemsOf(source)
    .flatMap((item) => {
      const name = textOf(at(item, 'source')) ?? textOf(item) ?? ''
      const file = files.get(name)
      return file === undefined ? [] : [fileReferenceOf(item, file)]
    })
    .sort((a, b) => (`${a.name} ${a.target}` < `${b.name} ${b.target}` ? -1 : 1))

const fileReferenceOf = (source: Source, { name, engineName }: StoredFile): FileReference => {
  const target = at(source, 'target')
  return {
    name,
    engineName,
    // Loading fills in /run/secrets/NAME for a secret, where the engine puts it by itself.
    target: (isWritten(target) ? textOf(target) : undefined) ?? name,
    uid: textOf(at(source, 'uid')) ?? '0',
    gid: textOf(at(source, 'gid')) ?? '0',
    mode: modeOf(at(source, 'mode')),
  }
}

/** Read by everybody, as `docker stack` has it. A text is octal. */
const DEFAULT_MODE = 0o444

const modeOf = ({ value }: Source): number => {
  if (typeof value === 'number') return value
  const mode = typeof value === 'string' ? Number.parseInt(value.replace(/^0o/, ''), 8) : Number.NaN
  return Number.isNaN(mode) ? DEFAULT_MODE : mode
}
