import { readCertificate } from '@atoll/authority/read'
import { hasErrors, toApp } from '@atoll/spec'
import type { App, Problem, SecretValues } from '@atoll/spec'
import type { Cli } from '../cli.ts'
import { InvalidInputError } from '../errors.ts'
import { defaultEnvironment } from '../parameters.ts'
import type { EnvironmentFlags, FileFlags } from '../parameters.ts'
import { openProject } from './load-project.ts'
import type { ProjectUpload } from './record-sources.ts'

export interface OpenedApp {
  readonly app: App
  readonly secrets: SecretValues
  /** None of them an error after openApp; all that were found after mapApp. */
  readonly problems: readonly Problem[]
  readonly workingDir: string
  readonly upload: () => ProjectUpload
}

/** Loads the compose files as the app Atoll would deploy. Throws InvalidInputError with every problem found. */
export const openApp = (cli: Cli, flags: FileFlags & EnvironmentFlags): OpenedApp => {
  const opened = mapApp(cli, flags)
  if (hasErrors(opened.problems)) throw new InvalidInputError(opened.problems)
  return opened
}

/** The same as far as it goes: what cannot be honoured is in `problems`, and the app holds the rest. */
export const mapApp = (cli: Cli, flags: FileFlags & EnvironmentFlags): OpenedApp => {
  const { project, warnings, workingDir, sources, showPath } = openProject(cli, flags)
  const environment = flags.env ?? defaultEnvironment
  const { app, secrets, problems } = toApp(project, {
    environment,
    readContent: sources.readContent,
    readCertificate,
  })
  const shown = problems.map((problem) => ({ ...problem, path: showPath(problem.path) }))
  const upload = (): ProjectUpload => sources.upload(environment)
  return { app, secrets, problems: [...warnings, ...shown], workingDir, upload }
}
