import { dirname, join, resolve } from 'node:path'

/** Which compose files a command means, and the folder their paths are against. */
export interface ComposeFiles {
  /** As the person named them, base first; empty when there are none. */
  readonly files: readonly string[]
  readonly workingDir: string
}

export interface FindFilesInput {
  /** `-f`, in order. */
  readonly named: readonly string[]
  /** `--env`; its override `compose.ENV.yaml` comes last when it stands beside the base file. */
  readonly environment?: string
  /** The environment meant without `--env`; its override counts only where nobody names the files. */
  readonly defaultEnvironment: string
  readonly cwd: string
  readonly variables: Readonly<Record<string, string>>
  readonly exists: (absolutePath: string) => boolean
}

/** Preferred first; the Compose Specification, "Compose file". */
const baseNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']

/**
 * Finds compose files as `docker compose` does: `-f`, else COMPOSE_FILE, else the first base name in this folder or
 * the nearest one above it, each with its override beside it. The environment's own override is ours; whoever names files
 * and no environment means these files alone.
 */
export const findFiles = (input: FindFilesInput): ComposeFiles => {
  const named = input.named.length > 0 ? input.named : listedInVariable(input.variables)
  const found = named.length > 0 ? { files: named, workingDir: folderOf(named, input.cwd) } : findDefaults(input)
  const environment = input.environment ?? (named.length === 0 ? input.defaultEnvironment : undefined)
  return { ...found, files: [...found.files, ...findOverride(found, environment, input)] }
}

const listedInVariable = (variables: FindFilesInput['variables']): readonly string[] => {
  const separator = variables['COMPOSE_PATH_SEPARATOR'] ?? ':'
  return (variables['COMPOSE_FILE'] ?? '').split(separator).filter((file) => file !== '')
}

const folderOf = (files: readonly string[], cwd: string): string => {
  const [first] = files
  return first === undefined || first === '-' ? cwd : dirname(resolve(cwd, first))
}

const findDefaults = ({ cwd, exists }: FindFilesInput): ComposeFiles => {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const base = baseNames.find((name) => exists(join(folder, name)))
    if (base !== undefined) return { files: inFolder(folder, { base, cwd, exists }), workingDir: folder }
    if (folder === dirname(folder)) return { files: [], workingDir: cwd }
  }
}

const inFolder = (
  folder: string,
  { base, cwd, exists }: { readonly base: string; readonly cwd: string; readonly exists: FindFilesInput['exists'] },
): readonly string[] => {
  const overrides = withSuffix(base, 'override').filter((name) => exists(join(folder, name)))
  return [base, ...overrides.slice(0, 1)].map((name) => (folder === cwd ? name : join(folder, name)))
}

/** `compose.yaml` and `staging` give `compose.staging.yaml`, then the same with the other ending. */
const withSuffix = (file: string, suffix: string): readonly string[] => {
  const ending = file.endsWith('.yml') ? '.yml' : '.yaml'
  const stem = file.slice(0, file.length - ending.length)
  return [ending, ending === '.yml' ? '.yaml' : '.yml'].map((each) => `${stem}.${suffix}${each}`)
}

const findOverride = (
  found: ComposeFiles,
  environment: string | undefined,
  { cwd, exists }: FindFilesInput,
): readonly string[] => {
  const [base] = found.files
  if (environment === undefined || base === undefined || base === '-') return []
  return withSuffix(base, environment)
    .filter((file) => exists(resolve(cwd, file)) && !found.files.includes(file))
    .slice(0, 1)
}
