import { ask, askLines } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import type { Observed } from '../observed.ts'

/** A file named after each unit that is to be told of a change; it is made before the change, and removed after. */
export const pendingFolder = '/var/lib/atoll/pending'

export const observeUnits = async (
  place: Place,
  units: readonly string[],
): Promise<Pick<Observed, 'hasServiceManager' | 'enabledUnits' | 'pendingUnits'>> => {
  // sd_booted(3)
  const hasServiceManager = (await ask(place, ['test', '-d', '/run/systemd/system'])).status === 0
  const pendingUnits = await askLines(place, ['ls', pendingFolder])
  if (!hasServiceManager) return { hasServiceManager, enabledUnits: [], pendingUnits }
  const enabledUnits: string[] = []
  for (const unit of units) {
    if ((await ask(place, ['systemctl', 'is-enabled', '--quiet', unit])).status === 0) enabledUnits.push(unit)
  }
  return { hasServiceManager, enabledUnits, pendingUnits }
}
