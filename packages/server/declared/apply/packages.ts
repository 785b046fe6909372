import { order } from '../ask.ts'
import type { Work } from '../apply.ts'

const timeoutMs = 900_000
const lockSeconds = 300

/** Never takes another package away for it: what is not declared stays. */
export const installPackages = async (work: Work, names: readonly string[]): Promise<void> => {
  const options = { timeoutMs, ...listening(work) }
  await finishInterrupted(work)
  await order(work, [...apt, 'update'], options)
  await order(
    work,
    [...apt, '--yes', '--no-install-recommends', '--no-remove', ...keepConffiles, 'install', '--', ...names],
    options,
  )
}

export const removePackages = async (work: Work, names: readonly string[]): Promise<void> => {
  await finishInterrupted(work)
  await order(work, [...apt, '--yes', 'remove', '--', ...names], { timeoutMs, ...listening(work) })
}

// Upgrades by night hold the lock of dpkg for a while.
const apt = ['apt-get', '--quiet', `--option=DPkg::Lock::Timeout=${lockSeconds}`]
const keepConffiles = ['--option=Dpkg::Options::=--force-confdef', '--option=Dpkg::Options::=--force-confold']

/** What a run that was killed left half installed; nothing to do otherwise. */
const finishInterrupted = (work: Work): Promise<string> =>
  order(work, ['dpkg', '--force-confdef', '--force-confold', '--configure', '--pending'], {
    timeoutMs,
    ...listening(work),
  })

const listening = ({ onLine }: Work) => (onLine === undefined ? {} : { onLine })
