import { order } from '../../ask.ts'
import type { Work } from '../apply.ts'
import { pendingFolder } from '../observe/units.ts'

/** Changes what a unit reads, and tells it; a run that ends between the two leaves a mark for the next. */
export const whilePending = async (
  work: Work,
  unit: string | undefined,
  change: () => Promise<void>,
): Promise<void> => {
  if (unit === undefined) return change()
  await order(work, ['install', '-D', '--mode=644', '/dev/null', `${pendingFolder}/${unit}`])
  await change()
  await tellUnit(work, unit)
}

/** One that does not run reads what it needs when it starts. */
export const tellUnit = async (work: Work, unit: string): Promise<void> => {
  if (work.hasServiceManager) await order(work, ['systemctl', 'try-reload-or-restart', unit])
  await order(work, ['rm', '--force', '--', `${pendingFolder}/${unit}`])
}

export const enableUnit = async (work: Work, unit: string): Promise<void> => {
  await order(work, ['systemctl', 'daemon-reload'])
  await order(work, ['systemctl', 'enable', '--quiet', unit])
}
