import { writeFileSync } from 'node:fs'
import { LabError } from './errors.ts'

/**
 * Replaces this process by another program; never returns. Goes through env(1) because Node ignores SIGPIPE, and an
 * ignored signal stays ignored in the program that follows.
 */
export const becomeProgram = (argv: readonly string[]): never => {
  if (process.execve === undefined) throw new LabError('machine-unfit', 'replace a process: needs Node 24')
  return process.execve('/usr/bin/env', ['env', '--default-signal', '--', ...argv], process.env)
}

/** Moves this process, and with it what it starts or becomes, into cgroups, each given as a folder. */
export const joinCgroups = (folders: readonly string[]): void => {
  // To the kernel, 0 is the writing process, whatever its number is in the namespaces it runs in.
  for (const folder of folders) writeFileSync(`${folder}/cgroup.procs`, '0')
}
