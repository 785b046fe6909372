import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import type { BootPlan } from '../host.ts'

const SSHD_SETTINGS = `PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
`

/**
 * What a Debian that was just installed knows of itself: its name, who may log in, its key. Only the first boot writes
 * it, because whoever uses the host may change it; the name servers are those of the machine at each boot.
 */
export const installHost = (root: string, plan: BootPlan): void => {
  writeFileSync(`${root}/etc/resolv.conf`, plan.resolver)
  mkdirSync(`${root}/run/sshd`, { mode: 0o755 })
  const done = `${root}/var/lib/atoll-lab-installed`
  if (existsSync(done)) return
  writeFileSync(`${root}/etc/hostname`, `${plan.hostname}\n`)
  writeFileSync(`${root}/etc/hosts`, `127.0.0.1 localhost\n${plan.address} ${plan.hostname}\n`)
  writeFileSync(`${root}/etc/ssh/sshd_config.d/atoll-lab.conf`, SSHD_SETTINGS)
  mkdirSync(`${root}/root/.ssh`, { recursive: true, mode: 0o700 })
  copyFileSync(plan.authorizedKeys ?? '', `${root}/root/.ssh/authorized_keys`)
  installHostKey(root, plan.hostKey ?? '')
  writeFileSync(`${done}.new`, '')
  renameSync(`${done}.new`, done)
}

const installHostKey = (root: string, hostKey: string): void => {
  const target = `${root}/etc/ssh/ssh_host_ed25519_key`
  copyFileSync(hostKey, target)
  chmodSync(target, 0o600)
  copyFileSync(`${hostKey}.pub`, `${target}.pub`)
}
