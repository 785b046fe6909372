import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { listPartProcesses } from './cgroups.ts'
import { cgroupArgv, startDetached } from './host.ts'
import type { Lab } from './lab.ts'
import { waitUntil } from './wait-until.ts'

const PART = 'registry'

/**
 * Starts the lab's registry. It listens twice over one folder, on the machine's 127.0.0.1 and on the bridge: what is
 * pushed at one is pulled at the other, neither can be reached from outside the machine, and no host carries it.
 */
export const startRegistry = async (lab: Lab, signal: AbortSignal): Promise<void> => {
  await Promise.all(['127.0.0.1', lab.gateway].map((address) => startListener(lab, address, signal)))
}

const startListener = async (lab: Lab, address: string, signal: AbortSignal): Promise<void> => {
  const folder = `${lab.folder}/registry`
  await mkdir(folder, { recursive: true })
  const configFile = `${folder}/${address}.yml`
  if (!(await isRunning(lab, configFile))) {
    await writeFile(configFile, renderConfig(lab, address))
    const argv = await cgroupArgv(lab.tag, PART, ['docker-registry', 'serve', configFile])
    await startDetached(argv, { tag: lab.tag, logFile: `${folder}/${address}.log` })
  }
  await waitUntil(() => isServing(`${address}:${lab.registryPort}`), {
    what: `the registry of lab ${lab.name} at ${address}:${lab.registryPort}; see ${folder}/${address}.log`,
    timeoutMs: 60_000,
    signal,
  })
}

/** The registry is lost, with what was being pushed; its data stays. */
export const killRegistry = async (lab: Lab): Promise<void> => {
  for (const pid of await listPartProcesses(lab.tag, PART)) process.kill(pid, 'SIGKILL')
  const isGone = async () => ((await listPartProcesses(lab.tag, PART)).length === 0 ? true : undefined)
  await waitUntil(isGone, { what: `the registry of lab ${lab.name} to die`, timeoutMs: 10_000 })
}

/** YAML, in the part of it that is JSON. The secret ties an upload's steps together when they come by both listeners. */
const renderConfig = (lab: Lab, address: string): string =>
  JSON.stringify(
    {
      version: 0.1,
      log: { level: 'warn', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: `${lab.folder}/registry/data` }, delete: { enabled: true } },
      http: {
        addr: `${address}:${lab.registryPort}`,
        secret: createHash('sha256').update(lab.tag).digest('hex'),
        relativeurls: true,
      },
    },
    undefined,
    2,
  )

const isRunning = async (lab: Lab, configFile: string): Promise<boolean> => {
  const pids = await listPartProcesses(lab.tag, PART)
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.some((line) => line.split('\0').includes(configFile))
}

/** True when a registry answers at `host:port`. */
export const isServing = async (address: string): Promise<true | undefined> => {
  const reply = await fetch(`http://${address}/v2/`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
  return reply?.status === 200 ? true : undefined
}
