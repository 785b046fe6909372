import type { Place } from '../ask.ts'
import type { Observed } from './observed.ts'
import { observeDocker } from './observe/docker.ts'
import { observeFiles } from './observe/files.ts'
import { observeFirewall } from './observe/firewall.ts'
import { observeSysctl, observeZone } from './observe/kernel.ts'
import { observeMounts, observeSwap } from './observe/mounts.ts'
import { observePackages } from './observe/packages.ts'
import { observeUnits } from './observe/units.ts'
import { observeUsers } from './observe/users.ts'
import { firewallPath } from './texts.ts'
import type { Wanted } from './wanted.ts'

/**
 * Looks at what is wanted of a server and at nothing else: some programs for each kind of thing, none for what is not declared.
 * Throws ServerError.
 */
export async function observe(place: Place, wanted: Wanted): Promise<Observed> {
  const { firewall } = wanted
  const firewallFiles = firewall === undefined ? [] : firewall === 'off' ? [firewallPath] : Object.keys(firewall.files)
  const unit = firewall === undefined || firewall === 'off' ? [] : [firewall.unit]
  // One after the other: a server takes ten sessions of one connection by default (MaxSessions of sshd_config(5)).
  const zone = wanted.zone === undefined ? undefined : await observeZone(place)
  const rules = firewall === undefined ? undefined : await observeFirewall(place)
  return {
    ...(await observeUnits(place, unit)),
    packages: await observePackages(place, Object.keys(wanted.packages)),
    users: await observeUsers(place, wanted.users),
    files: await observeFiles(place, [...Object.keys(wanted.files), ...firewallFiles]),
    sysctl: await observeSysctl(place, Object.keys(wanted.sysctl)),
    swap: wanted.swap === undefined ? noSwap : await observeSwap(place),
    mounts: await observeMounts(place, Object.keys(wanted.mounts)),
    docker: await observeDocker(place, Object.keys(wanted.docker)),
    ...(zone === undefined ? {} : { zone }),
    ...(rules === undefined ? {} : { firewall: rules }),
  }
}

const noSwap = { sizeBytes: 0, isActive: false, isInFstab: false }
