import { wantedHosts } from '@atoll/certificates'
import type { WantedHost } from '@atoll/certificates'
import type { Documents } from '@atoll/store'
import { createRouteFinder } from '../routes/find-routes.ts'

/** Hosts of the routes that are served. */
export const listWantedHosts = async (
  documents: Pick<Documents, 'find' | 'list'>,
  signal: AbortSignal,
): Promise<readonly WantedHost[]> => wantedHosts([...(await createRouteFinder(documents)(signal)).values()])
