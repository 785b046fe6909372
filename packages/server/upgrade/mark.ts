import { ask, order } from '../ask.ts'
import type { Place } from '../ask.ts'
import { writeText } from '../files.ts'

/** There while an upgrade has drained the node, so that one that was cut off is known from a drain of somebody's. */
const path = '/var/lib/atoll/upgrading'

export const isMarked = async (place: Place): Promise<boolean> => (await ask(place, ['test', '-e', path])).status === 0

export const markUpgrade = (place: Place): Promise<void> => writeText(place, path, 'drained by "atoll node upgrade"\n')

export const clearUpgrade = async (place: Place): Promise<void> => {
  await order(place, ['rm', '--force', '--', path])
}
