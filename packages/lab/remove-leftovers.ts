import { readdir, rmdir } from 'node:fs/promises'
import { removeCgroup, thawLab } from './cgroups.ts'
import { LabError } from './errors.ts'
import { findLeftovers } from './leftovers.ts'
import type { LabTrace, Leftover, LeftoverKind } from './leftovers.ts'
import { findMounts } from './mounts.ts'
import { removeTree } from './remove-tree.ts'
import { run } from './run.ts'
import { waitUntil } from './wait-until.ts'

// What holds something must go before what it holds.
const ORDER: readonly LeftoverKind[] = ['process', 'mount', 'loop', 'namespace', 'link', 'rule', 'cgroup', 'file']
const ROUNDS = 5

export interface RemovalReport {
  /** What was there at the beginning. */
  readonly found: readonly Leftover[]
  /** What is there at the end, looked for again: empty when all went well. */
  readonly remaining: readonly Leftover[]
}

/** Removes everything of a lab, and looks again. The folder itself stays (empty) when it is to be used at once. */
export const removeLeftovers = async (
  trace: LabTrace,
  options: { readonly keepFolder: boolean },
): Promise<RemovalReport> => {
  const found = await findLeftovers(trace)
  let remaining: readonly Leftover[] = found
  for (let round = 0; round < ROUNDS && remaining.some((left) => !isKept(left, options)); round++) {
    for (const kind of ORDER) await removeKind(trace, kind, remaining, options)
    remaining = await findLeftovers(trace)
  }
  return { found, remaining: remaining.filter((left) => !isKept(left, options)) }
}

const isKept = (left: Leftover, { keepFolder }: { readonly keepFolder: boolean }): boolean =>
  keepFolder && left.kind === 'file'

const removeKind = async (
  trace: LabTrace,
  kind: LeftoverKind,
  all: readonly Leftover[],
  options: { readonly keepFolder: boolean },
): Promise<void> => {
  const names = all.filter((left) => left.kind === kind).map((left) => left.name)
  if (names.length === 0) return
  if (kind === 'process') return killAll(trace, names.map(Number))
  for (const name of names) {
    try {
      await removeOne(kind, name, options)
    } catch (error) {
      // It may have gone with something removed before it; what has not is found by the next look, and reported.
      if (!(error instanceof LabError) && !isSystemError(error)) throw error
    }
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error

const removeOne = async (
  kind: Exclude<LeftoverKind, 'process'>,
  name: string,
  { keepFolder }: { readonly keepFolder: boolean },
): Promise<unknown> => {
  switch (kind) {
    case 'mount':
      return run(['umount', name])
    case 'loop':
      return run(['losetup', '--detach', name])
    case 'namespace':
      return run(['ip', 'netns', 'delete', name])
    case 'link':
      return run(['ip', 'link', 'delete', name])
    case 'rule': {
      const [table = '', , ...rule] = name.split(' ')
      return run(['iptables', '--wait', '20', '-t', table, '-D', ...rule])
    }
    case 'cgroup':
      return removeCgroup(name)
    case 'file':
      return removeFolder(name, keepFolder)
  }
}

/** The last look before deleting: a mount in the folder would be emptied too, whatever it is. */
const removeFolder = async (folder: string, keepFolder: boolean): Promise<void> => {
  if ((await findMounts(folder)).length > 0) return
  for (const name of await readdir(folder)) await removeTree(`${folder}/${name}`)
  if (!keepFolder) await rmdir(folder)
}

const killAll = async (trace: LabTrace, pids: readonly number[]): Promise<void> => {
  for (const pid of pids) kill(pid)
  // A frozen process dies only once it is thawed, so the blow comes first and none of them runs on.
  await thawLab(trace.tag)
  const areGone = async () => {
    const alive = (await findLeftovers(trace)).filter((left) => left.kind === 'process')
    for (const { name } of alive) kill(Number(name))
    return alive.length === 0 ? true : undefined
  }
  const wait = { what: 'processes to end', timeoutMs: 30_000, everyMs: 100 }
  await waitUntil(areGone, wait).catch((error: unknown) => {
    // The report says which.
    if (!(error instanceof LabError)) throw error
  })
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
