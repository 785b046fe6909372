import { access, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '../engine.ts'
import type { Endpoint } from './endpoint.ts'

const fullShare = 0.95
const fillingShare = 0.85
const gib = 1024 ** 3

/** The disk an engine keeps its data on, where it can be seen: an engine behind a local socket shares our files. */
export const findDiskFindings = async (
  name: string,
  rootDir: string,
  endpoint: Endpoint,
): Promise<readonly Finding[]> => {
  if (endpoint.kind !== 'unix') return []
  try {
    // A path of the same name without this folder is another machine's or another mount namespace's.
    await access(join(rootDir, 'containers'))
    const { blocks, bavail, bsize } = await statfs(rootDir)
    return [judgeDisk(name, rootDir, { totalBytes: blocks * bsize, freeBytes: bavail * bsize })]
  } catch {
    // A socket of another mount namespace, or not our user's to see.
    return []
  }
}

const judgeDisk = (
  name: string,
  rootDir: string,
  { totalBytes, freeBytes }: { readonly totalBytes: number; readonly freeBytes: number },
): Finding => {
  const used = 1 - freeBytes / totalBytes
  const message = `${rootDir} on ${name} is ${Math.round(used * 100)} % full, ${(freeBytes / gib).toFixed(1)} GiB are free`
  const hint = `run "atoll prune --node ${name}", or give it more disk`
  if (used >= fullShare) return { check: 'disk', state: 'bad', message, hint }
  if (used >= fillingShare) return { check: 'disk', state: 'warning', message, hint }
  return { check: 'disk', state: 'good', message }
}
