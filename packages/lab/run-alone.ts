import { run } from './run.ts'
import type { RunOptions } from './run.ts'

/**
 * Runs a program of root to its end. Whatever it mounts ends with it, and it ends with us, however we end: a folder may only
 * be removed when nothing is mounted in it. Throws what `run` does.
 */
export const runAlone = (argv: readonly string[], options: RunOptions): Promise<string> => {
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc']
  return run(['setpriv', '--pdeathsig', 'KILL', 'unshare', ...namespaces, ...argv], options)
}
