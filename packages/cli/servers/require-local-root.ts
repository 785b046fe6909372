import { requireRoot } from '@atoll/server'
import type { Server } from '@atoll/server'

/** Whoever comes by ssh has been asked for it there. Throws ServerError `not-root`. */
export const requireLocalRoot = async (server: Server, signal: AbortSignal): Promise<void> =>
  requireRoot(server.name, await server.run(['id', '-u'], { signal }))
