import type { Place } from '../../ask.ts'
import { readDaemonSettings } from '../../daemon-file.ts'
import type { DaemonSettings } from '../../daemon-settings.ts'

/** Of these keys those that stand in daemon.json. Throws ServerError where that is no JSON. */
export const observeDocker = async (place: Place, keys: readonly string[]): Promise<DaemonSettings> => {
  if (keys.length === 0) return {}
  const all = await readDaemonSettings(place)
  return Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)))
}
