import { readFile } from 'node:fs/promises'
import { listAllProcesses } from './cgroups.ts'
import { LabError } from './errors.ts'
import { cutPower, getInit } from './host.ts'
import type { Lab, LabNode } from './lab.ts'
import { waitUntil } from './wait-until.ts'

const SHUTDOWN_MS = 10_000

/** Asks all of a host but its first process and what that holds up to end, waits for them a while, then cuts the power. */
export const shutDown = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<void> => {
  const init = await getInit(lab, node)
  const before = await listAsked(lab, node, init)
  for (const pid of before) askToEnd(pid)
  const areGone = async () => {
    const now = await listAsked(lab, node, init)
    return before.some((pid) => now.includes(pid)) ? undefined : true
  }
  const wait = { what: `the processes of ${node.name} to end`, timeoutMs: SHUTDOWN_MS, signal }
  await waitUntil(areGone, wait).catch((error: unknown) => {
    // Who does not end in time is cut off, as by any machine that shuts down.
    if (!(error instanceof LabError && error.code === 'timeout')) throw error
  })
  await cutPower(lab, node)
}

/** The kept program is the first process's only child from the start, `sleep` or `sshd`; without it the host goes off. */
const listAsked = async (lab: Lab, node: LabNode, init: number): Promise<number[]> => {
  const pids = await listAllProcesses(lab.tag, node.name)
  const asked = await Promise.all(pids.map(async (pid) => ((await isAsked(pid, init)) ? pid : undefined)))
  return asked.filter((pid) => pid !== undefined)
}

const isAsked = async (pid: number, init: number): Promise<boolean> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const isInside = /^NSpid:\t\d+\t\d/m.test(status)
  const isKept = /^Name:\t(sleep|sshd)$/m.test(status) && status.includes(`\nPPid:\t${init}\n`)
  return isInside && pid !== init && !isKept
}

const askToEnd = (pid: number): void => {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
