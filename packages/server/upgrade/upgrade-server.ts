import { setTimeout as delay } from 'node:timers/promises'
import { upgradePackages } from '../apt.ts'
import { ask } from '../ask.ts'
import type { Place } from '../ask.ts'
import { ServerError } from '../errors.ts'
import type { RunOptions } from '../server.ts'
import { restartEngine } from '../start-engine.ts'
import { readEngineVersion, readNeedsReboot } from './observe-upgrade.ts'
import type { UpgradeFacts } from './observe-upgrade.ts'
import { isOfEngine } from './parse-upgrade.ts'
import { readBootMark, rebootServer } from './reboot-server.ts'

export interface UpgradeOrder {
  readonly facts: UpgradeFacts
  /** `auto`: when something that was upgraded counts from the next boot. */
  readonly reboot: 'auto' | 'always' | 'never'
  readonly onStep: (step: string) => void
  readonly onLine: NonNullable<RunOptions['onLine']>
}

export interface Begun {
  /** Before the boot that was begun; absent: there is none. */
  readonly bootMark?: string
  /** It counts from the next boot, and nobody wanted one. */
  readonly isRebootLeft: boolean
}

/** Packages first, then a boot that is begun, or a new start of Docker. Throws ServerError. */
export const upgradeServer = async (place: Place, { facts, reboot, onStep, onLine }: UpgradeOrder): Promise<Begun> => {
  const { packages, isBroken, kernel } = facts
  // What is half installed is finished by the same: a newer one may be what mends it.
  if (packages.length > 0 || isBroken) {
    onStep(`upgrade ${packages.length} package${packages.length === 1 ? '' : 's'}`)
    await upgradePackages(place, { onLine, hint: '"apt-get upgrade" and "dpkg --audit" there say more' })
  }
  const needsReboot = await readNeedsReboot(place, kernel)
  if (reboot === 'always' || (reboot === 'auto' && needsReboot)) {
    const bootMark = await readBootMark(place)
    onStep('reboot it')
    await rebootServer(place, facts)
    return { bootMark, isRebootLeft: false }
  }
  if (packages.some(isOfEngine) || (await isEngineOld(place))) {
    onStep('restart Docker')
    await restartEngine(place, facts)
  }
  return { isRebootLeft: needsReboot }
}

/** Also after an upgrade that was cut off before Docker was started anew, or that left it not running. */
const isEngineOld = async (place: Place): Promise<boolean> => {
  const running = await readEngineVersion(place)
  const [, installed] = /version ([^\s,]+)/.exec((await ask(place, ['dockerd', '--version'])).stdout) ?? []
  return running === '' || (installed !== undefined && installed !== running)
}

const engineMs = 120_000
const everyMs = 1_000

/** The version of Docker once it answers. ServerError `command-failed` when it does not. */
export const awaitEngineVersion = async (place: Place): Promise<string> => {
  const untilMs = performance.now() + engineMs
  for (;;) {
    const version = await readEngineVersion(place)
    if (version !== '') return version
    if (performance.now() > untilMs) break
    await delay(everyMs, undefined, { signal: place.signal })
  }
  throw new ServerError(`${place.server.name}: Docker does not answer after ${engineMs / 1000} s`, {
    code: 'command-failed',
    retry: true,
    hint: '"journalctl -u docker" or /var/log/dockerd.log there says why',
  })
}
