import { ask, order } from '../ask.ts'
import type { Work } from '../apply.ts'

/** Never takes another package away for it: what is not declared stays. */
export const installPackages = (work: Work, names: readonly string[]): Promise<void> =>
  runApt(work, ['--no-install-recommends', '--no-remove', ...keptSettings, 'install', '--', ...names])

export const removePackages = (work: Work, names: readonly string[]): Promise<void> =>
  runApt(work, ['remove', '--', ...names])

// Upgrades by night hold the lock of dpkg for a while, and so does a run that was cut off from us.
const apt = ['apt-get', '--quiet', '--yes', '--option=DPkg::Lock::Timeout=300']
const keptSettings = ['--option=Dpkg::Options::=--force-confdef', '--option=Dpkg::Options::=--force-confold']
const timeoutMs = 900_000

/** At the first failure what may be the matter is mended: lists that are old or not there, and what a killed run left half installed. */
const runApt = async (work: Work, words: readonly string[]): Promise<void> => {
  const options = { timeoutMs }
  if ((await ask(work, [...apt, ...words], options)).status === 0) return
  await order(work, ['dpkg', '--force-confdef', '--force-confold', '--configure', '--pending'], options)
  await order(work, [...apt, 'update'], options)
  await order(work, [...apt, ...words], options)
}
