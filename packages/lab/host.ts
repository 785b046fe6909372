import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { awaitBoot } from './await-boot.ts'
import * as cgroups from './cgroups.ts'
import { awaitDiskReleased, createDisk } from './disk.ts'
import { LabError } from './errors.ts'
import type { Lab, LabNode } from './lab.ts'
import { namespacePath, PROCESS_MARK } from './names.ts'
import { hostKeyFile } from './bare/keys.ts'
import { applyHostNetwork, removeHostNetwork, setLink } from './network.ts'
import { SYSTEM_PATH } from './run.ts'
import { waitUntil } from './wait-until.ts'

/** What boot-host.ts is told, by a file. */
export interface BootPlan {
  readonly hostname: string
  readonly address: string
  readonly folder: string
  readonly diskImage: string
  readonly disk: string
  readonly gateway: string
  readonly registryPort: number
  readonly resolver: string
  /** Files a bare host starts from: its Debian, who may log in, its private key. */
  readonly debianRoot?: string
  readonly authorizedKeys?: string
  readonly hostKey?: string
}

interface BootWay {
  readonly program: URL
  /** Arguments of unshare(1) besides those that all hosts have. */
  readonly namespaces: readonly string[]
}

const bootWays: Readonly<Record<Lab['kind'], BootWay>> = {
  swarm: { program: new URL('./boot-host.ts', import.meta.url), namespaces: ['--propagation', 'slave'] },
  bare: {
    program: new URL('./bare/boot-bare.ts', import.meta.url),
    namespaces: ['--propagation', 'private', '--cgroup'],
  },
}

const enterProgram = new URL('./enter-cgroups.ts', import.meta.url)
const runProgram = (program: URL): string[] => [process.execPath, '--no-warnings', fileURLToPath(program)]

/** Boots a host that is off: network, disk, namespaces, first process. Gives its first process's id on the machine. */
export const bootHost = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<number> => {
  const running = await findInit(lab, node)
  if (running !== undefined) return running
  await awaitAllGone(lab, node, signal)
  await createDisk(node, lab.diskBytes, signal)
  await awaitDiskReleased(node, signal)
  await applyHostNetwork(lab, node, signal)
  const plan = await writeBootPlan(lab, node)
  const way = bootWays[lab.kind]
  const namespaces = ['unshare', '--mount', ...way.namespaces, '--uts', '--ipc', '--pid', '--fork']
  const enter = ['nsenter', `--net=${namespacePath(node.namespace)}`, ...namespaces, '--kill-child', '--mount-proc']
  const boot = await cgroupArgv(lab.tag, node.name, [...enter, ...runProgram(way.program), plan])
  const logFile = `${node.folder}/host.log`
  const { hasEnded } = await startDetached(boot, { tag: lab.tag, logFile })
  return awaitBoot({ name: node.name, logFile, hasEnded, findBooted: () => findBooted(lab, node) }, signal)
}

const writeBootPlan = async (lab: Lab, node: LabNode): Promise<string> => {
  const plan: BootPlan = {
    hostname: node.name,
    address: node.address,
    folder: node.folder,
    diskImage: node.diskImage,
    disk: node.disk,
    gateway: lab.gateway,
    registryPort: lab.registryPort,
    resolver: await readResolver(),
    ...(lab.debianRoot === undefined ? {} : { debianRoot: lab.debianRoot, hostKey: hostKeyFile(node) }),
    ...(node.ssh === undefined ? {} : { authorizedKeys: `${node.ssh.identityFile}.pub` }),
  }
  const file = `${node.folder}/boot.json`
  await writeFile(file, JSON.stringify(plan, undefined, 2))
  return file
}

/** The machine's real name servers: a local stub on 127.0.0.53 is out of a host's reach. */
const readResolver = async (): Promise<string> => {
  const behindStub = '/run/systemd/resolve/resolv.conf'
  return readFile(existsSync(behindStub) ? behindStub : '/etc/resolv.conf', 'utf8').catch(() => '')
}

/** The first process of a running host, as the machine numbers it. */
export const findInit = async (lab: Lab, node: LabNode): Promise<number | undefined> => {
  for (const pid of await cgroups.listPartProcesses(lab.tag, node.name)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    // Numbers in this namespace and in each one below it: a host is exactly one below the machine.
    if (/^NSpid:\t\d+\t1$/m.test(status)) return pid
  }
  return undefined
}

const findBooted = async (lab: Lab, node: LabNode): Promise<number | undefined> => {
  const pid = await findInit(lab, node)
  if (pid === undefined) return undefined
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
  return name.trim() === 'docker-init' || name.trim() === 'tini' ? pid : undefined
}

/** First process of a host that must be on. Throws LabError `node-not-running`. */
export const getInit = async (lab: Lab, node: LabNode): Promise<number> => {
  const pid = await findInit(lab, node)
  if (pid !== undefined) return pid
  const next = `run "atoll lab start ${node.name} --name ${lab.name}"`
  throw new LabError('node-not-running', `reach ${node.name} of lab ${lab.name}: it is off; ${next}`)
}

/** Power cut: the link falls silent, then every process dies at one instant; the disk keeps what was written. */
export const cutPower = async (lab: Lab, node: LabNode): Promise<void> => {
  const pid = await findInit(lab, node)
  // A host without power sends no "connection refused" either.
  await setLink(node, 'down').catch(() => undefined)
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await cgroups.thaw(lab.tag, node.name)
  await awaitAllGone(lab, node)
  await removeHostNetwork(node)
  await awaitDiskReleased(node)
}

const awaitAllGone = (lab: Lab, node: LabNode, signal?: AbortSignal): Promise<true> =>
  waitUntil(async () => ((await cgroups.listAllProcesses(lab.tag, node.name)).length === 0 ? true : undefined), {
    what: `all processes of ${node.name} to end`,
    timeoutMs: 60_000,
    ...(signal === undefined ? {} : { signal }),
  })

/** argv that runs a program inside a running host, part of its cgroup, so that it is paused and killed with the host. */
export const enterArgv = async (lab: Lab, node: LabNode, argv: readonly string[]): Promise<string[]> => {
  const pid = await getInit(lab, node)
  // The cgroup comes first: of the machine's files, a bare host has none.
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup']
  return cgroupArgv(lab.tag, node.name, ['nsenter', '--target', String(pid), ...namespaces, '--', ...argv])
}

/** argv that runs a program on the machine itself, in a cgroup of the lab. */
export const cgroupArgv = async (tag: string, part: string, argv: readonly string[]): Promise<string[]> => [
  ...runProgram(enterProgram),
  (await cgroups.createCgroups(tag, part)).join(':'),
  ...argv,
]

export interface DetachedOptions {
  readonly tag: string
  readonly logFile: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface Detached {
  /** Known for as long as this process lives. */
  readonly hasEnded: () => boolean
}

/** Starts a program that outlives this one, its output appended to a file. Throws when it cannot be started at all. */
export const startDetached = async (argv: readonly string[], options: DetachedOptions): Promise<Detached> => {
  const [program = '', ...rest] = argv
  await mkdir(options.logFile.slice(0, options.logFile.lastIndexOf('/')), { recursive: true })
  const log = await open(options.logFile, 'a')
  try {
    const child = spawn(program, rest, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { PATH: SYSTEM_PATH, HOME: '/root', [PROCESS_MARK]: options.tag, ...options.environment },
    })
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.unref()
    return { hasEnded: () => child.exitCode !== null || child.signalCode !== null }
  } finally {
    await log.close()
  }
}
