import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises'
import type { LabNode } from './lab.ts'
import { LabError } from './errors.ts'
import { run } from './run.ts'
import { waitUntil } from './wait-until.ts'

const FILLER = 'atoll-lab-filler'

/** A sparse file with an ext4 in it: it takes from the machine only what the host has written. */
export const createDisk = async (node: LabNode, sizeBytes: number, signal: AbortSignal): Promise<void> => {
  if (existsSync(node.diskImage)) return
  for (const folder of [node.folder, node.disk]) await mkdir(folder, { recursive: true })
  const unfinished = `${node.diskImage}.new`
  const file = await open(unfinished, 'w')
  await file.truncate(sizeBytes)
  await file.close()
  const lazy = 'lazy_itable_init=1,lazy_journal_init=1,nodiscard'
  await run(['mkfs.ext4', '-q', '-F', '-m', '0', '-E', lazy, unfinished], { signal })
  await rename(unfinished, node.diskImage)
}

/** Waits for the kernel to let go of a dead host's filesystem: two mounts of one image would destroy it. */
export const awaitDiskReleased = async (node: LabNode, signal?: AbortSignal): Promise<void> => {
  const isFree = async () => ((await listLoops()).some((loop) => loop.file === node.diskImage) ? undefined : true)
  await waitUntil(isFree, {
    what: `the disk of ${node.name} to be let go`,
    timeoutMs: 60_000,
    ...(signal === undefined ? {} : { signal }),
  })
}

export interface Loop {
  readonly device: string
  readonly file: string
}

/** Loop devices and the files behind them. */
export const listLoops = async (): Promise<Loop[]> => {
  const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'))
  const loops = await Promise.all(
    names.map(async (name) => ({ device: `/dev/${name}`, file: await readBacking(name) })),
  )
  return loops.filter((loop) => loop.file !== '')
}

const readBacking = async (name: string): Promise<string> =>
  (await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '')).trim()

/** Takes every free byte of a running host's filesystem, at no cost to the machine's own. Gives the bytes taken. */
export const fillDisk = async (node: LabNode, initPid: number): Promise<number> => {
  const disk = diskFromOutside(node, initPid)
  let taken = 0
  for (let round = 0; round < 20; round++) {
    const freeBytes = await readFree(disk)
    if (freeBytes === 0) return taken
    // One file per round, because ext4 needs a block or two for each file's own map and so never gives all at once.
    taken += await takeSome(`${disk}/${FILLER}-${Date.now()}-${round}`, freeBytes)
  }
  return taken
}

const takeSome = async (file: string, freeBytes: number): Promise<number> => {
  for (let wanted = freeBytes; wanted >= 4096; wanted = Math.floor(wanted / 2 / 4096) * 4096) {
    try {
      await run(['fallocate', '--length', String(wanted), file])
      return wanted
    } catch (error) {
      if (!(error instanceof LabError && error.message.includes('No space left'))) throw error
      await rm(file, { force: true })
    }
  }
  return 0
}

/** Removes what fillDisk wrote. */
export const freeDisk = async (node: LabNode, initPid: number): Promise<void> => {
  const disk = diskFromOutside(node, initPid)
  const fillers = (await readdir(disk)).filter((name) => name.startsWith(FILLER))
  await Promise.all(fillers.map((name) => rm(`${disk}/${name}`, { force: true })))
}

/** Used and whole size of a running host's filesystem. */
export const readDiskUse = async (
  node: LabNode,
  initPid: number,
): Promise<{ usedBytes: number; sizeBytes: number }> => {
  const { blocks, bfree, bsize } = await statfs(diskFromOutside(node, initPid))
  return { usedBytes: (blocks - bfree) * bsize, sizeBytes: blocks * bsize }
}

/** The mount exists only in the host; the kernel shows a process's view of the files under its /proc entry. */
const diskFromOutside = (node: LabNode, initPid: number): string => `/proc/${initPid}/root${node.disk}`

const readFree = async (path: string): Promise<number> => {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}
