import { ask } from '../ask.ts'
import type { Place } from '../ask.ts'
import { daemonPath, parseDaemonSettings } from '../../daemon-settings.ts'
import type { DaemonSettings } from '../../daemon-settings.ts'

/** Of these keys those that stand in daemon.json. Throws ServerError where that is no JSON. */
export const observeDocker = async (place: Place, keys: readonly string[]): Promise<DaemonSettings> => {
  if (keys.length === 0) return {}
  const all = await readDaemon(place)
  return Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)))
}

/** All of daemon.json; nothing where there is none. */
export const readDaemon = async (place: Place): Promise<DaemonSettings> => {
  const { status, stdout } = await ask(place, ['cat', daemonPath])
  return parseDaemonSettings(place.server.name, status === 0 ? stdout : '')
}
