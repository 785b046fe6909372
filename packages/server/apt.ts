import { ask, order } from './ask.ts'
import type { Place } from './ask.ts'
import type { RunOptions } from './server.ts'

interface AptOptions extends Pick<RunOptions, 'onLine'> {
  readonly hint?: string
}

const timeoutMs = 900_000

/**
 * apt-get(8), dpkg(1): nothing is asked, what somebody has changed is kept, and no package is taken away for another. Upgrades by
 * night hold the lock of dpkg for a while, and so does a run that was cut off from us.
 */
const apt = ['apt-get', '--quiet', '--yes', '--option=DPkg::Lock::Timeout=300']
const keptSettings = ['--option=Dpkg::Options::=--force-confdef', '--option=Dpkg::Options::=--force-confold']
const install = ['--no-install-recommends', '--no-remove', ...keptSettings, 'install']

const running = ({ onLine }: AptOptions): RunOptions => ({ timeoutMs, ...(onLine === undefined ? {} : { onLine }) })

export const installPackages = (place: Place, names: readonly string[], options?: AptOptions): Promise<void> =>
  runApt(place, [...install, '--', ...names], { ...options, doing: `install ${names.join(', ')}` })

export const removePackages = (place: Place, names: readonly string[]): Promise<void> =>
  runApt(place, ['remove', '--', ...names], { doing: `remove ${names.join(', ')}` })

/** What is installed becomes the newest of its kind; what that needs besides comes with it, and nothing goes for it. */
const upgrade = [...keptSettings, '--with-new-pkgs', 'upgrade']

export const upgradePackages = (place: Place, options?: AptOptions): Promise<void> =>
  runApt(place, upgrade, { ...options, doing: 'upgrade packages' })

/** What that would do, as apt-get(8) simulates it; nothing where something half installed keeps it from telling. */
export const simulateUpgrade = async (place: Place, { isBroken }: { readonly isBroken: boolean }): Promise<string> => {
  const argv = [...apt, '--simulate', ...upgrade]
  if (isBroken) return (await ask(place, argv, { timeoutMs })).stdout
  return order(place, argv, { timeoutMs, doing: 'see which packages are old' })
}

export const updateLists = async (place: Place, options: AptOptions = {}): Promise<void> => {
  await order(place, [...apt, 'update'], { ...options, timeoutMs, doing: 'fetch the lists of packages' })
}

/** What a run that was killed left half installed; the lists are fetched for what it misses. */
export const finishPackages = async (place: Place, options: AptOptions = {}): Promise<void> => {
  // It fails as long as something is missing that the next one brings.
  await ask(place, ['dpkg', '--force-confdef', '--force-confold', '--configure', '--pending'], running(options))
  await updateLists(place, options)
  await order(place, [...apt, '--fix-broken', ...install], { ...options, timeoutMs, doing: 'finish packages' })
}

/** At the first failure what may be the matter is mended: lists that are old or not there, and packages that are half installed. */
const runApt = async (
  place: Place,
  words: readonly string[],
  { doing, ...options }: AptOptions & { readonly doing: string },
): Promise<void> => {
  if ((await ask(place, [...apt, ...words], running(options))).status === 0) return
  await finishPackages(place, options)
  await order(place, [...apt, ...words], { ...options, doing, timeoutMs })
}
