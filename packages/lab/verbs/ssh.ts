import { sshArgv } from '../bare/sshd.ts'
import { LabError } from '../errors.ts'
import { getInit } from '../host.ts'
import type { Lab, LabNode } from '../lab.ts'
import { run, runAttached } from '../run.ts'

/** Logs in by ssh, or runs a command there, with this process's own input and output. Gives the exit status; ssh's own is 255. */
export const sshIntoNode = async (lab: Lab, node: LabNode, words: readonly string[]): Promise<number> => {
  const ssh = getSsh(lab, node)
  await getInit(lab, node)
  return runAttached([...ssh, ...words])
}

/**
 * Runs a command in a bare host by ssh and gives its standard output. As ssh has it, the words are joined by spaces and
 * read by the shell there. Throws LabError `command-failed`.
 */
export const runBySsh = (
  lab: Lab,
  node: LabNode,
  words: readonly string[],
  options: { readonly signal: AbortSignal; readonly timeoutMs?: number; readonly input?: Uint8Array | string },
): Promise<string> => run([...getSsh(lab, node), '-o', 'BatchMode=yes', ...words], { timeoutMs: 120_000, ...options })

const getSsh = (lab: Lab, node: LabNode): string[] => {
  if (node.ssh !== undefined) return sshArgv(node.ssh)
  const next = 'use "atoll lab exec", or a lab made with "atoll lab up --bare"'
  throw new LabError('bad-request', `log in to ${node.name} of lab ${lab.name}: it has no sshd; ${next}`)
}
