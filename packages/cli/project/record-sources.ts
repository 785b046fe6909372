import type { Input } from '@atoll/api'
import type { ContentRead, FileRead, ProjectInput } from '@atoll/spec'

/** What loading a project read, as a control loads it again. */
export type ProjectUpload = Input<'planProject'>['body']

/** Notes what is read through it. */
export interface SourceRecorder {
  /** The same input, with everything asked of it noted. */
  readonly input: ProjectInput
  readonly readContent: (absolutePath: string) => ContentRead
  /** All that was noted until now. */
  readonly upload: (environment: string) => ProjectUpload
}

/** Wraps what loading reads with, so that exactly that can be sent, and nothing else of this machine. */
export const recordSources = (
  input: ProjectInput,
  readContent: (absolutePath: string) => ContentRead,
): SourceRecorder => {
  const files: Record<string, FileRead> = {}
  const exists: Record<string, boolean> = {}
  const contents: Record<string, ContentRead> = {}
  const asked = new Set<string>()
  return {
    input: {
      ...input,
      variables: noteNames(input.variables, asked),
      read: (path) => (files[path] = input.read(path)),
      exists: (path) => (exists[path] = input.exists(path)),
    },
    readContent: (path) => (contents[path] = readContent(path)),
    upload: (environment) => ({
      composeFiles: input.files,
      workingDir: input.workingDir,
      environment,
      profiles: input.profiles,
      ...(input.envFiles === undefined ? {} : { envFiles: input.envFiles }),
      ...(input.projectName === undefined ? {} : { projectName: input.projectName }),
      variables: Object.fromEntries(Object.entries(input.variables).filter(([name]) => asked.has(name))),
      files,
      exists,
      contents: Object.fromEntries(Object.entries(contents).map(([path, read]) => [path, encode(read)])),
    }),
  }
}

/** Most of a person's variables are nobody's business; those that a file names are sent. */
const noteNames = (variables: ProjectInput['variables'], asked: Set<string>): ProjectInput['variables'] =>
  new Proxy(variables, {
    get: (target, name) => {
      if (typeof name === 'string') asked.add(name)
      return Reflect.get(target, name) as string
    },
    getOwnPropertyDescriptor: (target, name) => {
      if (typeof name === 'string') asked.add(name)
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
  })

const encode = (read: ContentRead): ProjectUpload['contents'][string] =>
  read.kind === 'bytes' ? { kind: 'bytes', base64: Buffer.from(read.bytes).toString('base64') } : read
