import { hasErrors, toApp } from '@atoll/spec'
import type { App, Problem, SecretValues } from '@atoll/spec'
import type { Cli } from '../cli.ts'
import { InvalidInputError } from '../errors.ts'
import { defaultEnvironment } from '../parameters.ts'
import type { EnvironmentFlags, FileFlags } from '../parameters.ts'
import { openProject } from './load-project.ts'

export interface OpenedApp {
  readonly app: App
  readonly secrets: SecretValues
  readonly warnings: readonly Problem[]
  readonly workingDir: string
}

/** Loads the compose files as the app Atoll would deploy. Throws InvalidInputError with every problem found. */
export const openApp = (cli: Cli, flags: FileFlags & EnvironmentFlags): OpenedApp => {
  const { app, secrets, problems, workingDir } = mapApp(cli, flags)
  if (app === undefined || hasErrors(problems)) throw new InvalidInputError(problems)
  return { app, secrets, warnings: problems, workingDir }
}
