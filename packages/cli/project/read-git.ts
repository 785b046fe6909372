import { execFile } from 'node:child_process'
import type { Release } from '@atoll/deploy'

const timeoutMs = 3_000

/** Commit, branch, subject and whether files differ from it; undefined where the folder is in no repository. */
export const readGit = async (folder: string): Promise<Release['git']> => {
  const [head, branch, changes] = await Promise.all([
    git(folder, ['log', '-1', '--format=%H%n%s']),
    git(folder, ['symbolic-ref', '--short', '--quiet', 'HEAD']),
    git(folder, ['status', '--porcelain', '--untracked-files=no']),
  ])
  const [commit, subject] = (head ?? '').split('\n')
  if (!commit) return undefined
  return { commit, isDirty: changes !== '', ...(branch ? { branch } : {}), ...(subject ? { subject } : {}) }
}

/** What git says; undefined when it fails or is not installed: a deploy needs no repository. */
const git = async (folder: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile('git', ['-C', folder, ...args], { timeout: timeoutMs, encoding: 'utf8' }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : undefined),
    )
  })
