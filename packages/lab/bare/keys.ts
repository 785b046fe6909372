import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Lab, LabNode } from '../lab.ts'
import { run } from '../run.ts'

/** Private key of a host, on the machine, from where the first boot takes it. */
export const hostKeyFile = (node: LabNode): string => `${node.folder}/ssh_host_ed25519_key`

/** Makes what is missing: a key pair to log in with, one of each host, and the file by which ssh knows the hosts. */
export const ensureKeys = async (lab: Lab, signal: AbortSignal): Promise<void> => {
  const lines: string[] = []
  for (const node of lab.nodes) {
    if (node.ssh === undefined) continue
    await ensureKey(node.ssh.identityFile, `atoll lab ${lab.name}`, signal)
    await ensureKey(hostKeyFile(node), node.name, signal)
    lines.push(`${node.address} ${await readFile(`${hostKeyFile(node)}.pub`, 'utf8')}`)
  }
  const known = lab.nodes[0]?.ssh?.knownHostsFile
  if (known !== undefined) await writeFile(known, lines.join(''))
}

/** Made under another name first: the private key appears last, and then its public one is there. */
const ensureKey = async (file: string, comment: string, signal: AbortSignal): Promise<void> => {
  if (existsSync(file)) return
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', `${file}.new`], {
    signal,
    input: 'y\n',
  })
  await rename(`${file}.new.pub`, `${file}.pub`)
  await rename(`${file}.new`, file)
}
