import { z } from 'zod'
import { ask } from '../ask.ts'
import type { Place } from '../ask.ts'
import { ServerError } from '../../errors.ts'
import type { Json } from '../json.ts'

export const daemonPath = '/etc/docker/daemon.json'

/** Of these keys those that stand in daemon.json. Throws ServerError where that is no JSON. */
export const observeDocker = async (place: Place, keys: readonly string[]): Promise<Record<string, Json>> => {
  if (keys.length === 0) return {}
  const all = await readDaemon(place)
  return Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)))
}

/** All of daemon.json; nothing where there is none. */
export const readDaemon = async (place: Place): Promise<Record<string, Json>> => {
  const { status, stdout } = await ask(place, ['cat', daemonPath])
  if (status !== 0 || stdout.trim() === '') return {}
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(stdout))
  } catch (cause) {
    throw new ServerError(`${place.server.name}: ${daemonPath} is no JSON object`, {
      code: 'command-failed',
      retry: false,
      hint: 'mend it by hand: Docker would not start with it either',
      cause,
    })
  }
}
