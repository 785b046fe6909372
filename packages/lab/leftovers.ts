import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import * as cgroups from './cgroups.ts'
import { listLoops } from './disk.ts'
import { isHandedOver } from './handed-over.ts'
import { findMounts } from './mounts.ts'
import { bridgeName, labFolder, NAMESPACE_PREFIX, namespacePath, PROCESS_MARK, ruleComment } from './names.ts'
import { findProgram } from './packages.ts'
import { run } from './run.ts'

export type LeftoverKind = 'process' | 'mount' | 'loop' | 'namespace' | 'link' | 'rule' | 'cgroup' | 'file'

/** One thing on the machine that belongs to a lab. `name` is what its kind is addressed by: a pid, a path, a rule. */
export interface Leftover {
  readonly kind: LeftoverKind
  readonly name: string
}

export interface LabTrace {
  readonly tag: string
  readonly folder: string
}

export const labTrace = (home: string, tag: string, name: string): LabTrace => ({ tag, folder: labFolder(home, name) })

/** Looks for everything of a lab by its mark alone, never by what was written down: also for what a crash left behind. */
export const findLeftovers = async (trace: LabTrace): Promise<Leftover[]> => {
  const found: Readonly<Record<LeftoverKind, readonly string[]>> = {
    process: (await findProcesses(trace)).map(String),
    mount: await findMounts(trace.folder),
    loop: (await listLoops()).filter((loop) => loop.file.startsWith(`${trace.folder}/`)).map((loop) => loop.device),
    namespace: await findNamespaces(trace.tag),
    link: await findLinks(trace.tag),
    rule: await findRules(trace.tag),
    cgroup: await cgroups.listCgroups(trace.tag),
    file: existsSync(trace.folder) ? [trace.folder] : [],
  }
  return (Object.keys(found) as LeftoverKind[]).flatMap((kind) => found[kind].map((name) => ({ kind, name })))
}

/** Processes in a cgroup or a network namespace of the lab, started by it, or at work on it in the background. */
const findProcesses = async ({ tag, folder }: LabTrace): Promise<number[]> => {
  const inCgroups = new Set(await cgroups.listLabProcesses(tag))
  const networks = await readNetworks(await findNamespaces(tag))
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const checks = pids.map(
    async (pid) =>
      inCgroups.has(pid) ||
      (await isMarked(pid, tag)) ||
      (await isInside(pid, networks)) ||
      isHandedOver(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''), folder),
  )
  const answers = await Promise.all(checks)
  return pids.filter((pid, position) => answers[position] === true && pid !== process.pid)
}

const isMarked = async (pid: number, tag: string): Promise<boolean> => {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  return environment.split('\0').includes(`${PROCESS_MARK}=${tag}`)
}

const isInside = async (pid: number, networks: ReadonlySet<string>): Promise<boolean> =>
  networks.has(await readlink(`/proc/${pid}/ns/net`).catch(() => ''))

const readNetworks = async (namespaces: readonly string[]): Promise<Set<string>> => {
  const inodes = await Promise.all(namespaces.map((name) => stat(namespacePath(name)).catch(() => undefined)))
  const networks = new Set(inodes.filter((found) => found !== undefined).map((found) => `net:[${found.ino}]`))
  // Whatever may have gone wrong, the machine's own network is no lab's: everything runs in it.
  networks.delete(await readlink('/proc/self/ns/net'))
  return networks
}

const findNamespaces = async (tag: string): Promise<string[]> => {
  const names = await readdir('/run/netns').catch(() => [])
  return names.filter((name) => name.startsWith(`${NAMESPACE_PREFIX}${tag}.`))
}

const findLinks = async (tag: string): Promise<string[]> => {
  const bridge = bridgeName(tag)
  const names = await readdir('/sys/class/net')
  return names.filter((name) => name === bridge || name.startsWith(`${bridge}-`))
}

/** Rules as `TABLE -A CHAIN ...`, the way iptables-save writes them, without quotes. */
const findRules = async (tag: string): Promise<string[]> => {
  if ((await findProgram('iptables-save')) === undefined) return []
  const rules: string[] = []
  let table = ''
  for (const line of (await run(['iptables-save'])).replaceAll('"', '').split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    if (line.startsWith('-A') && line.split(' ').includes(ruleComment(tag))) rules.push(`${table} ${line}`)
  }
  return rules
}
