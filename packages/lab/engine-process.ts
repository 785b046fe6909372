import { readFile, writeFile } from 'node:fs/promises'
import { containersCgroup, listPartProcesses } from './cgroups.ts'
import { isAnswering } from './engine-client.ts'
import { enterArgv, startDetached } from './host.ts'
import type { Lab, LabNode } from './lab.ts'
import { waitUntil } from './wait-until.ts'

/** Starts the Docker Engine of a running host, unless it runs, and waits until it answers. */
export const startEngine = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<void> => {
  if ((await findEngine(lab, node)) === undefined) {
    const argv = await enterArgv(lab, node, ['dockerd', '--config-file', await writeEngineConfig(lab, node)])
    // What runc is killed in the middle of must end with the host; /tmp is the machine's, /run is the host's own.
    const environment = { TMPDIR: '/run' }
    await startDetached(argv, { tag: lab.tag, logFile: `${node.folder}/engine.log`, environment })
  }
  await waitUntil(async () => ((await isAnswering(node.socket)) ? true : undefined), {
    what: `the engine of ${node.name} to answer; see ${node.folder}/engine.log`,
    timeoutMs: 120_000,
    everyMs: 100,
    signal,
  })
}

/** A file of the lab's own, so that the machine's /etc/docker/daemon.json is not read. */
const writeEngineConfig = async (lab: Lab, node: LabNode): Promise<string> => {
  const file = `${node.folder}/daemon.json`
  const config = {
    'data-root': '/var/lib/docker',
    'exec-root': '/run/docker',
    pidfile: '/run/docker.pid',
    hosts: [`unix://${node.socket}`, 'unix:///run/docker.sock'],
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'cgroup-parent': containersCgroup(lab.tag, node.name),
    // Inside a host only: the usual 172.17.0.0/16 could hide the machine's own networks, its name server for one.
    bip: '10.200.0.1/24',
    'default-address-pools': [{ base: '10.201.0.0/16', size: 24 }],
    'storage-driver': 'overlay2',
    'log-driver': 'local',
  }
  await writeFile(file, JSON.stringify(config, undefined, 2))
  return file
}

/** dockerd's process, as the machine numbers it. */
const findEngine = async (lab: Lab, node: LabNode): Promise<number | undefined> => {
  for (const pid of await listPartProcesses(lab.tag, node.name)) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (name.trim() === 'dockerd') return pid
  }
  return undefined
}

/** Crash of the engine alone: its containers and its host go on. */
export const crashEngine = async (lab: Lab, node: LabNode): Promise<void> => {
  const pid = await findEngine(lab, node)
  if (pid === undefined) return
  process.kill(pid, 'SIGKILL')
  await waitUntil(async () => ((await findEngine(lab, node)) === undefined ? true : undefined), {
    what: `the engine of ${node.name} to die`,
    timeoutMs: 10_000,
  })
}
