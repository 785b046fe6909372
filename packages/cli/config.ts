import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'

/** Everything the command line takes from its environment. The only file that reads it. */
export interface Config {
  /** The caller's variables: compose files interpolate them, engines are found by DOCKER_HOST and DOCKER_CONTEXT. */
  readonly variables: Readonly<Record<string, string>>
  readonly workingDir: string
  /** Where contexts are kept. */
  readonly configDir: string
  /** `user@host`: who a release, a deployment and its lease are said to be of. */
  readonly owner: string
  readonly hasColor: { readonly stdout: boolean; readonly stderr: boolean }
}

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: () => string
  readonly stdout: { readonly isTTY?: boolean }
  readonly stderr: { readonly isTTY?: boolean }
}

export const readConfig = ({ env, cwd, stdout, stderr }: Surroundings): Config => ({
  variables: Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
  workingDir: cwd(),
  configDir: join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'atoll'),
  owner: `${findUser(env)}@${hostname()}`,
  hasColor: { stdout: hasColor(env, stdout), stderr: hasColor(env, stderr) },
})

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, both win over what the stream is. */
const hasColor = (env: Surroundings['env'], stream: { readonly isTTY?: boolean }): boolean => {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}

/** A container may run as a number that has no name; that must not stop anybody from deploying. */
const findUser = (env: Surroundings['env']): string => {
  try {
    return userInfo().username
  } catch {
    return env['USER'] ?? 'unknown'
  }
}
