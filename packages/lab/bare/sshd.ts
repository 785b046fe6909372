import { readFile } from 'node:fs/promises'
import { findInit } from '../host.ts'
import type { Lab, LabNode, SshLogin } from '../lab.ts'
import { waitUntil } from '../wait-until.ts'

/** Waits until a booted host takes logins. sshd is what its first process starts with, so nothing has to be started. */
export const awaitSshd = (lab: Lab, node: LabNode, signal: AbortSignal): Promise<true> =>
  waitUntil(async () => ((await isSshdListening(lab, node)) ? true : undefined), {
    what: `sshd of ${node.name} to listen; see ${node.folder}/host.log`,
    timeoutMs: 60_000,
    signal,
  })

// proc(5): the local port in hexadecimal, and the state of a socket that listens.
const LISTENING = /^ *\d+: [\dA-F]+:0016 [\dA-F]+:0000 0A /m

/** True while somebody listens at the host's port 22, be its link cut or not. */
export const isSshdListening = async (lab: Lab, node: LabNode): Promise<boolean> => {
  const pid = await findInit(lab, node)
  if (pid === undefined) return false
  const tables = ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => ''))
  return (await Promise.all(tables)).some((table) => LISTENING.test(table))
}

/** argv of ssh(1) that logs in with the lab's key and no other, and only to the host that is meant. */
export const sshArgv = ({ user, address, port, identityFile, knownHostsFile }: SshLogin): string[] => {
  const options = ['IdentitiesOnly=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${knownHostsFile}`]
  const login = ['-i', identityFile, '-p', String(port), ...options.flatMap((option) => ['-o', option])]
  return ['ssh', '-F', 'none', ...login, `${user}@${address}`]
}
