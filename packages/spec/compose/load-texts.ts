import type { ComposeMapping, ComposeModel, LoadedProject, ProjectInput } from '../project.ts'
import { normalizePath } from './file-path.ts'
import { loadProject } from './load-project.ts'

/** Files by their path below `/project`, or absolute; the first is the compose file unless `files` names others. */
export type Texts = Readonly<Record<string, string>>

/** Loads a project whose files are texts in memory: for tests. */
export const loadTexts = (texts: Texts, input: Partial<ProjectInput> = {}): LoadedProject => {
  const byPath = new Map(Object.entries(texts).map(([path, text]) => [normalizePath(absolute(path)), text]))
  return loadProject({
    files: Object.keys(texts).slice(0, 1),
    workingDir: '/project',
    profiles: [],
    variables: {},
    read: (path) => {
      const text = byPath.get(path)
      return text === undefined ? { kind: 'absent' } : { kind: 'text', text }
    },
    exists: (path) => byPath.has(path),
    ...input,
  })
}

const absolute = (path: string): string => (path.startsWith('/') ? path : `/project/${path}`)

/** The model of texts that are right. Throws with the problems when they are not. */
export const loadModel = (texts: Texts | string, input: Partial<ProjectInput> = {}): ComposeModel => {
  const { project, problems } = loadTexts(typeof texts === 'string' ? { 'compose.yaml': texts } : texts, input)
  if (project === undefined) throw new Error(problems.map((problem) => JSON.stringify(problem)).join('\n'))
  return project.model
}

/** One service of the model of texts that are right. */
export const loadService = (texts: Texts | string, name: string, input: Partial<ProjectInput> = {}): ComposeMapping => {
  const service = loadModel(texts, input).services[name]
  if (service === undefined) throw new Error(`no service ${name}`)
  return service
}

/** What is wrong with texts, as people see it: `compose.yaml:3:5 services.web.user: must be text, ...`. */
export const renderProblems = (texts: Texts | string, input: Partial<ProjectInput> = {}): readonly string[] => {
  const { problems } = loadTexts(typeof texts === 'string' ? { 'compose.yaml': texts } : texts, input)
  return problems.map(({ path, line, column, key, message }) => `${path}:${line}:${column} ${key}: ${message}`)
}
