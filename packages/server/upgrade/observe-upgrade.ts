import { simulateUpgrade, updateLists } from '../apt.ts'
import { ask, askLines, order } from '../ask.ts'
import type { Place } from '../ask.ts'
import { ServerError } from '../errors.ts'
import type { RunOptions } from '../server.ts'
import { hasNewerKernel, parseUpgrade } from './parse-upgrade.ts'
import type { PackageChange } from './parse-upgrade.ts'

/** What is old on a server. */
export interface UpgradeFacts {
  readonly packages: readonly PackageChange[]
  /** Packages are half installed. */
  readonly isBroken: boolean
  /** Something that was upgraded counts from the next boot. */
  readonly needsReboot: boolean
  /** Of Docker as it runs. */
  readonly engineVersion: string
  readonly kernel: string
  readonly hasServiceManager: boolean
}

/** Fetches the lists of packages; nothing else is changed. Throws ServerError. */
export const observeUpgrade = async (place: Place, options: Pick<RunOptions, 'onLine'> = {}): Promise<UpgradeFacts> => {
  if ((await ask(place, ['apt-get', '--version'])).status !== 0) throw noApt(place)
  const isBroken = (await ask(place, ['dpkg', '--audit'])).stdout.trim() !== ''
  await updateLists(place, options)
  const [packages, engineVersion, kernel, systemd] = [
    parseUpgrade(await simulateUpgrade(place, { isBroken })),
    await readEngineVersion(place),
    (await order(place, ['uname', '-r'])).trim(),
    await ask(place, ['test', '-d', '/run/systemd/system']),
  ]
  const needsReboot = await readNeedsReboot(place, kernel)
  return { packages, isBroken, needsReboot, engineVersion, kernel, hasServiceManager: systemd.status === 0 }
}

const noApt = ({ server }: Place): ServerError =>
  new ServerError(`${server.name}: it has no apt`, {
    code: 'command-failed',
    retry: false,
    hint: 'packages are upgraded on Debian and Ubuntu; elsewhere "atoll node drain", its own way, "atoll node resume"',
  })

/** Empty while Docker does not answer. */
export const readEngineVersion = async (place: Place): Promise<string> =>
  (await ask(place, ['docker', 'version', '--format', '{{.Server.Version}}'])).stdout.trim()

/** Packages of Debian and Ubuntu leave a note where they want a boot; kernels of Debian do not. */
export const readNeedsReboot = async (place: Place, kernel: string): Promise<boolean> => {
  if ((await ask(place, ['test', '-e', '/run/reboot-required'])).status === 0) return true
  const names = await askLines(place, ['find', '/boot', '-maxdepth', '1', '-name', 'vmlinuz-*', '-printf', '%f\\n'])
  return hasNewerKernel(
    names.map((name) => name.slice('vmlinuz-'.length)),
    kernel,
  )
}
