import { enterArgv } from '../host.ts'
import type { Lab, LabNode } from '../lab.ts'
import { PROCESS_MARK } from '../names.ts'
import { run, runAttached, SYSTEM_PATH } from '../run.ts'

/** Runs a program in a host with this process's own input and output. Gives its exit status, 128 + N when signal N ended it. */
export const execInNode = async (lab: Lab, node: LabNode, argv: readonly string[]): Promise<number> =>
  runAttached(await enterArgv(lab, node, argv), hostEnvironment(lab))

/** Runs a program in a host and gives its standard output. Throws LabError `command-failed`. */
export const runInNode = async (
  lab: Lab,
  node: LabNode,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<string> =>
  run(await enterArgv(lab, node, argv), { signal, timeoutMs: 120_000, environment: hostEnvironment(lab) })

// Without a DOCKER_HOST of the caller's, the docker command finds the host's own engine at its usual place.
const hostEnvironment = (lab: Lab) => ({
  PATH: SYSTEM_PATH,
  DOCKER_HOST: 'unix:///run/docker.sock',
  [PROCESS_MARK]: lab.tag,
})
