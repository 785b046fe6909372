import { setTimeout as delay } from 'node:timers/promises'
import { ask, askLines } from './ask.ts'
import type { Place } from './ask.ts'
import { ServerError } from './errors.ts'
import type { ServerFacts } from './facts.ts'
import { restartEngine } from './start-engine.ts'

const backMs = 90_000
const everyMs = 300

/** What runs there would be interrupted. */
export const runsContainers = async (place: Place): Promise<boolean> =>
  (await askLines(place, ['docker', 'ps', '--quiet'])).length > 0

/**
 * Starts the engine of a server anew that has just joined. Until then (measured on Docker 20.10) it dials the manager it joined by
 * whenever it is to become a manager itself; with that one gone it never does, and is no worker any more either. Throws ServerError
 * `command-failed` when it does not come back.
 */
export const restartJoined = async (place: Place, facts: Pick<ServerFacts, 'hasServiceManager'>): Promise<void> => {
  await restartEngine(place, facts)
  for (const deadline = AbortSignal.timeout(backMs); ;) {
    const { stdout } = await ask(place, ['docker', 'info', '--format', '{{.Swarm.LocalNodeState}}'])
    if (stdout.trim() === 'active') return
    if (deadline.aborted) {
      throw new ServerError(
        `${place.server.name}: it is in no Swarm ${backMs / 1000} s after Docker was started anew`,
        {
          code: 'command-failed',
          retry: true,
          hint: '"journalctl -u docker" or /var/log/dockerd.log there says why',
        },
      )
    }
    await delay(everyMs, undefined, { signal: place.signal })
  }
}
