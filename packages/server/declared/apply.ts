import type { Place } from '../ask.ts'
import { order } from '../ask.ts'
import { setDocker } from './apply/docker.ts'
import { loadFirewall, removeFirewall } from './apply/firewall.ts'
import { setZone } from './apply/zone.ts'
import { makeSwap, mount, removeSwap, unmount } from './apply/mounts.ts'
import { installPackages, removePackages } from '../apt.ts'
import { enableUnit, tellUnit, whilePending } from './apply/units.ts'
import { changeUser, createUser, removeUser, setKeys } from './apply/users.ts'
import { writeFile } from '../files.ts'
import type { Change } from './change.ts'

/** What a change is done with: the server, and another way in than the one that is open. */
export interface Work extends Place {
  /** Logs in anew, as root. Throws ServerError where nobody is let in. */
  readonly enter: (signal: AbortSignal) => Promise<Place['server'] & AsyncDisposable>
  readonly hasServiceManager: boolean
}

/** Does one change. It may be done again, also after it ended halfway. Throws ServerError. */
export async function apply(work: Work, change: Change): Promise<void> {
  switch (change.kind) {
    case 'install-packages':
      return installPackages(work, change.names)
    case 'remove-packages':
      return removePackages(work, change.names)
    case 'create-user':
      return createUser(work, change.user, change.wanted)
    case 'change-user':
      return changeUser(work, change.user, change.wanted)
    case 'remove-user':
      return removeUser(work, change.user)
    case 'set-keys':
      return setKeys(work, change.user, change.keys)
    case 'write-file':
      return whilePending(work, change.file.unit, () => writeFile(work, change.path, change.file))
    case 'remove-file':
      return void (await order(work, ['rm', '--force', '--', change.path]))
    case 'set-sysctl':
      return void (await order(work, [
        'sysctl',
        '--write',
        '--',
        ...Object.entries(change.values).map(([key, value]) => `${key}=${value}`),
      ]))
    case 'set-zone':
      return setZone(work, change.zone)
    case 'make-swap':
      return makeSwap(work, change.sizeBytes)
    case 'remove-swap':
      return removeSwap(work)
    case 'mount':
      return mount(work, change.path, change.mount)
    case 'unmount':
      return unmount(work, change.path)
    case 'set-docker':
      return setDocker(work, change.values)
    case 'load-firewall':
      return loadFirewall(work, change.rules)
    case 'remove-firewall':
      return removeFirewall(work)
    case 'enable-unit':
      return enableUnit(work, change.unit)
    case 'tell-unit':
      return tellUnit(work, change.unit)
  }
}
