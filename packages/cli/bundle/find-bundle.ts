import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Which bundle is the newest, and the files it was made of as they were then. Paths are absolute. */
export interface BundleRecord {
  readonly entry: string
  readonly madeOf: readonly FileState[]
}

/** The time of a file's last change is set by the system alone, whoever writes it or puts another in its place. */
export type FileState = readonly [path: string, changedAtMs: number, bytes: number]

/** Bundles of a checkout, and the record of the newest. */
export const bundleFolder = (root: string): string => join(root, '.atoll/bundle')
export const recordFile = (root: string): string => join(bundleFolder(root), 'newest.json')

/** The program to start instead of the sources; undefined without one, or when a single file has changed since. */
export const findBundle = (root: string): string | undefined => {
  try {
    const { entry, madeOf } = JSON.parse(readFileSync(recordFile(root), 'utf8')) as BundleRecord
    return madeOf.every(isUnchanged) && isThere(entry) ? entry : undefined
  } catch {
    // No record, or not one of ours: the sources say the same, only later.
    return undefined
  }
}

export const readState = (path: string): FileState => {
  const { ctimeMs, size } = statSync(path)
  return [path, ctimeMs, size]
}

const isUnchanged = ([path, changedAtMs, bytes]: FileState): boolean => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.ctimeMs === changedAtMs && found.size === bytes
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined
