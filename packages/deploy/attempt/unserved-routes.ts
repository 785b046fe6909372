import type { Warning } from '@atoll/plan'
import type { App } from '@atoll/spec'
import { getEnvironment } from '../ledger/ledger.ts'
import type { Reader } from '../ledger/ledger.ts'

/** What `atoll init` installs. */
const platform = { app: 'atoll', environment: 'system' } as const

/** Nobody shall believe that routes are served where nothing serves them. */
export const warnOfRoutes = async (reader: Reader, { routes = [] }: App): Promise<readonly Warning[]> => {
  const [first] = routes
  if (first === undefined) return []
  const { value } = await getEnvironment({ ...reader, ref: platform })
  if (value.current !== undefined) return []
  const message = 'routes are served by the platform alone, and there is none here'
  const hint = 'install it with "atoll init", or publish the port under ports'
  return [{ kind: 'routes-unserved', service: first.service, message, hint, isBlocking: false }]
}
