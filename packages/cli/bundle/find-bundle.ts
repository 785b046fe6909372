import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Which bundle is the newest, and the files it was made of as they were then. Paths begin at the root. */
export interface BundleRecord {
  /** Where the checkout was: a bundle knows the places of its sources, so one that was moved or copied needs another. */
  readonly root: string
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
    const { entry, madeOf, ...made } = JSON.parse(readFileSync(recordFile(root), 'utf8')) as BundleRecord
    const isCurrent =
      made.root === root && madeOf.every((state) => isUnchanged(root, state)) && isThere(join(root, entry))
    return isCurrent ? join(root, entry) : undefined
  } catch {
    // No record, or not one of ours: the sources say the same, only later.
    return undefined
  }
}

export const readState = (root: string, path: string): FileState => {
  const { ctimeMs, size } = statSync(join(root, path))
  return [path, ctimeMs, size]
}

const isUnchanged = (root: string, [path, changedAtMs, bytes]: FileState): boolean => {
  const found = statSync(join(root, path), { throwIfNoEntry: false })
  return found !== undefined && found.ctimeMs === changedAtMs && found.size === bytes
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined
