import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { enterArgv } from '../host.ts'
import type { Lab, LabNode } from '../lab.ts'
import { PROCESS_MARK } from '../names.ts'
import { run, SYSTEM_PATH } from '../run.ts'

/** Runs a program in a host with this process's own input and output. Gives its exit status, 128 + N when signal N ended it. */
export const execInNode = async (lab: Lab, node: LabNode, argv: readonly string[]): Promise<number> => {
  const [program = '', ...rest] = await enterArgv(lab, node, argv)
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, ...hostEnvironment(lab) } })
  const [status, signalName] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return status ?? 128 + (signalName === null ? 0 : constants.signals[signalName])
}

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
