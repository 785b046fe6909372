import type { EnvironmentRef } from '@atoll/engine'
import { existsSync } from 'node:fs'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'
import { defaultEnvironment } from '../parameters.ts'
import type { AppFlags, EnvironmentFlags, FileFlags } from '../parameters.ts'
import { findFiles } from './find-files.ts'
import { openProject } from './load-project.ts'

/**
 * Which environment a command means: the app named in the argument (`shop`, `shop/staging`) or by `--app`, else the one
 * of the compose file in this folder. Throws UsageError when nobody says which.
 */
export const findRef = (
  cli: Cli,
  flags: AppFlags & FileFlags & EnvironmentFlags,
  argument?: string,
): EnvironmentRef => {
  const [app, environment] = (argument ?? flags.app ?? '').split('/')
  if (environment !== undefined && flags.env !== undefined && environment !== flags.env) {
    throw new UsageError(`${argument ?? flags.app}: --env says ${flags.env}; name the environment once`)
  }
  return {
    app: app || flags.projectName || nameOfFolder(cli, flags),
    environment: environment ?? flags.env ?? defaultEnvironment,
  }
}

const nameOfFolder = (cli: Cli, flags: FileFlags & EnvironmentFlags): string => {
  const { variables, workingDir } = cli.config
  const { files } = findFiles({
    named: flags.file ?? [],
    defaultEnvironment,
    cwd: workingDir,
    variables,
    exists: existsSync,
  })
  if (files.length === 0) {
    throw new UsageError(
      `which app? ${workingDir} has no compose file`,
      'name it ("atoll ls" lists them), or go to the folder with its compose file',
    )
  }
  return openProject(cli, flags).project.model.name
}
