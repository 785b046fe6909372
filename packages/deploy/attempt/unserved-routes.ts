import type { Warning } from '@atoll/plan'
import { streamPortOf } from '@atoll/spec'
import type { App, Route } from '@atoll/spec'
import { findRelease, getEnvironment } from '../ledger/ledger.ts'
import type { Reader } from '../ledger/ledger.ts'
import { platform, renderOpening, streamPortsOf } from '../stream-ports.ts'

/** Nobody shall believe that routes are served where nothing serves them. */
export const warnOfRoutes = async (reader: Reader, { routes = [] }: App): Promise<readonly Warning[]> => {
  const [first] = routes
  if (first === undefined) return []
  const ofPlatform = { ...reader, ref: platform }
  const { value } = await getEnvironment(ofPlatform)
  if (value.current !== undefined) return warnOfClosed(ofPlatform, { routes, release: value.current })
  const message = 'routes are served by the platform alone, and there is none here'
  const hint = 'install it with "atoll init", or publish the port under ports'
  return [{ kind: 'routes-unserved', service: first.service, message, hint, isBlocking: false }]
}

interface Wanted {
  readonly routes: readonly Route[]
  /** Of the platform. */
  readonly release: number
}

/** Once for each port that is not open. */
const warnOfClosed = async (reader: Reader, { routes, release }: Wanted): Promise<readonly Warning[]> => {
  const needing = new Map(routes.flatMap((route) => [[streamPortOf(route), route.service] as const]))
  const system = [...needing.keys()].every((port) => port === undefined)
    ? undefined
    : await findRelease(reader, release)
  const open = system === undefined ? [] : streamPortsOf(system.app)
  return [...needing].flatMap(([port, service]) => {
    if (port === undefined || open.includes(port)) return []
    const message = `port ${port} of the nodes is not open for streams`
    const hint = `open it with "${renderOpening(open, port)}", or publish the port under ports`
    return [{ kind: 'routes-unserved' as const, service, message, hint, isBlocking: false }]
  })
}
