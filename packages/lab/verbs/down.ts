import { existsSync } from 'node:fs'
import { readdir, rmdir } from 'node:fs/promises'
import * as cgroups from '../cgroups.ts'
import type { LabContext } from '../config.ts'
import { ENGINE_FOLDERS } from '../engine-folders.ts'
import { labTrace } from '../leftovers.ts'
import { MACHINE_LOCK, withLock } from '../lock.ts'
import { findLabName, labFolder, labTag, NAMESPACE_PREFIX } from '../names.ts'
import { succeeds } from '../run.ts'
import { removeLeftovers } from '../remove-leftovers.ts'
import type { RemovalReport } from '../remove-leftovers.ts'
import { checkName } from '../request.ts'

const LOCK_TIMEOUT_MS = 120_000

/**
 * Removes a lab, whole or half-built, running or dead, and proves it: what is still there afterwards stands in
 * `remaining`. Works from the marks on the machine, so it needs no record of the lab.
 */
export const downLab = async (name: string, context: LabContext): Promise<RemovalReport> => {
  checkName(name, context.home)
  const folder = labFolder(context.home, name)
  const hadFolder = existsSync(folder)
  const report = await withLock(folder, { signal: context.signal, timeoutMs: LOCK_TIMEOUT_MS }, () =>
    removeLeftovers(labTrace(context.home, labTag(context.home, name), name), { keepFolder: false }),
  )
  await tidyMachine(context)
  // The lock itself made the folder of a lab that never was.
  return hadFolder ? report : { ...report, found: report.found.filter((left) => left.name !== folder) }
}

/** Names of all labs of this home of which anything is left, recorded or not. */
export const listTraces = async (home: string): Promise<string[]> => {
  const folders = await readdir(home).catch(() => [])
  const namespaces = await readdir('/run/netns').catch(() => [])
  const namespaceTags = namespaces
    .filter((name) => name.startsWith(NAMESPACE_PREFIX))
    .map((name) => name.slice(NAMESPACE_PREFIX.length, name.lastIndexOf('.')))
  const tags = [...namespaceTags, ...(await cgroups.listCgroupTags())]
  const names = tags.map((tag) => findLabName(home, tag)).filter((name) => name !== undefined)
  return [...new Set([...folders, ...names])].toSorted((one, other) => one.localeCompare(other))
}

/**
 * What the first lab made and the last one leaves: empty folders and the mount that `ip netns` keeps. Forwarding stays
 * on, because by now others may rely on it.
 */
const tidyMachine = async ({ home, signal }: LabContext): Promise<void> => {
  await rmdir(home).catch(() => undefined)
  await withLock(MACHINE_LOCK, { signal, timeoutMs: LOCK_TIMEOUT_MS }, async () => {
    if ((await cgroups.listCgroupTags()).length > 0 || (await listTraces(home)).length > 0) return
    const namespaces = await readdir('/run/netns').catch(() => undefined)
    if (namespaces?.length === 0 && (await succeeds(['umount', '/run/netns']))) await rmdir('/run/netns')
    // Mount points of the hosts; those that hold anything are somebody's.
    for (const folder of ENGINE_FOLDERS) await rmdir(folder).catch(() => undefined)
    await rmdir(MACHINE_LOCK).catch(() => undefined)
  })
}
