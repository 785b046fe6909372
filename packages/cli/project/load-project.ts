import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { hasErrors, loadProject } from '@atoll/spec/load'
import type { Problem, Project, ProjectInput } from '@atoll/spec'
import type { Cli } from '../cli.ts'
import { InvalidInputError, UsageError } from '../errors.ts'
import { defaultEnvironment } from '../parameters.ts'
import type { EnvironmentFlags, FileFlags } from '../parameters.ts'
import { findFiles } from './find-files.ts'
import { decode, readContent, readFile } from './read-file.ts'
import { recordSources } from './record-sources.ts'
import type { SourceRecorder } from './record-sources.ts'
import { shortenPath } from './shorten-path.ts'

export interface LoadedFiles {
  readonly project: Project
  readonly warnings: readonly Problem[]
  readonly workingDir: string
  readonly sources: SourceRecorder
  /** A path as problems show it. */
  readonly showPath: (path: string) => string
}

/** Loads the compose files a command means. Throws InvalidInputError with every problem found, UsageError without files. */
export const openProject = (cli: Cli, flags: FileFlags & EnvironmentFlags): LoadedFiles => {
  const sources = recordSources(gatherInput(cli, flags), readContent)
  const { input } = sources
  const showPath = (path: string): string => shortenPath(path, cli.config.workingDir)
  const loaded = loadProject(input)
  const problems = loaded.problems.map((problem) => ({ ...problem, path: showPath(problem.path) }))
  if (loaded.project === undefined || hasErrors(problems)) throw new InvalidInputError(problems)
  return { project: loaded.project, warnings: problems, workingDir: input.workingDir, sources, showPath }
}

const gatherInput = (cli: Cli, flags: FileFlags & EnvironmentFlags): ProjectInput => {
  const { variables, workingDir: cwd } = cli.config
  const named = flags.file ?? []
  const { files, workingDir } = findFiles({
    named,
    ...(flags.env === undefined ? {} : { environment: flags.env }),
    defaultEnvironment,
    cwd,
    variables,
    exists: existsSync,
  })
  if (files.length === 0) throw noFiles(cwd)
  const stdinPath = join(workingDir, '-')
  return {
    files: files.map((file) => (file === '-' || workingDir === cwd ? file : resolve(cwd, file))),
    workingDir,
    profiles: flags.profile ?? listProfiles(variables),
    ...(flags.envFile === undefined ? {} : { envFiles: flags.envFile.map((file) => resolve(cwd, file)) }),
    variables,
    ...(flags.projectName === undefined ? {} : { projectName: flags.projectName }),
    read: (path) => (path === stdinPath && files.includes('-') ? decode(cli.stdin.readBytes()) : readFile(path)),
    exists: (path) => path === stdinPath || existsSync(path),
  }
}

const listProfiles = (variables: Readonly<Record<string, string>>): readonly string[] =>
  (variables['COMPOSE_PROFILES'] ?? '').split(',').filter((profile) => profile !== '')

const noFiles = (cwd: string): UsageError =>
  new UsageError(
    `no compose file in ${cwd} or above it`,
    'name one with -f, or go to the folder that has compose.yaml or docker-compose.yml',
  )
