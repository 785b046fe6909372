import type { Parsed } from '@atoll/api'
import { readCertificate } from '@atoll/authority/read'
import type { EnvironmentRef } from '@atoll/engine'
import { hasErrors, loadProject, toApp } from '@atoll/spec'
import type { App, ContentRead, FileRead, Problem, Project, ProjectInput, SecretValues } from '@atoll/spec'
import { ControlError } from './errors.ts'

type Upload = Parsed<'planProject', 'body'>

export interface ReadProject {
  readonly app: App
  readonly secrets: SecretValues
}

/** The same with where its keys stand in the files. */
export interface LocatedProject extends ReadProject {
  readonly project: Project
}

/**
 * The app that uploaded files describe, loaded here again: nothing a client has rendered is believed. ControlError
 * `invalid-project` with every problem, or `other-environment` when they describe another than the one in the path.
 */
export const readUpload = (upload: Upload, ref: EnvironmentRef): LocatedProject => {
  const loaded = loadProject(toInput(upload))
  if (loaded.project === undefined || hasErrors(loaded.problems)) throw invalid(loaded.problems)
  const readContent = (path: string): ContentRead => findContent(upload, path)
  const { app, secrets, problems } = toApp(loaded.project, {
    environment: upload.environment,
    readContent,
    readCertificate,
  })
  if (hasErrors(problems)) throw invalid([...loaded.problems, ...problems])
  if (app.name === ref.app && app.environment === ref.environment) return { app, secrets, project: loaded.project }
  throw new ControlError(
    'other-environment',
    `the files describe ${app.name}/${app.environment}, not ${ref.app}/${ref.environment}`,
    { status: 422, hint: 'send them to the path of the environment that they describe' },
  )
}

const invalid = (problems: readonly Problem[]): ControlError => {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  return new ControlError('invalid-project', `the compose files have ${errors} errors`, { status: 422, problems })
}

const toInput = (upload: Upload): ProjectInput => ({
  files: upload.composeFiles,
  workingDir: upload.workingDir,
  profiles: upload.profiles,
  ...(upload.envFiles === undefined ? {} : { envFiles: upload.envFiles }),
  variables: upload.variables,
  ...(upload.projectName === undefined ? {} : { projectName: upload.projectName }),
  read: (path) => findFile(upload, path),
  exists: (path) => own(upload.exists, path) ?? findFile(upload, path).kind !== 'absent',
})

const findFile = ({ files }: Upload, path: string): FileRead => own(files, path) ?? { kind: 'absent' }

const findContent = (upload: Upload, path: string): ContentRead => {
  const content = own(upload.contents, path)
  if (content?.kind === 'bytes') return { kind: 'bytes', bytes: Buffer.from(content.base64, 'base64') }
  if (content !== undefined) return content
  const file = findFile(upload, path)
  if (file.kind === 'text') return { kind: 'bytes', bytes: Buffer.from(file.text) }
  return file.kind === 'binary' ? { kind: 'absent' } : file
}

/** Paths come from outside, and an object has names of its own. */
const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined
