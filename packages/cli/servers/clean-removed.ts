import { cleanServer } from '@atoll/server'
import type { Cleaned, SshLogin } from '@atoll/server'
import type { Cli } from '../cli.ts'
import type { Steps } from './lay-ground.ts'

/** What became of the server of a node that is out of its cluster. */
export type ServerLeft =
  | ({ readonly isCleaned: true } & Cleaned)
  /** And why nobody has been there. */
  | { readonly isCleaned: false; readonly why: string }

interface Removed {
  readonly nodeId: string
  readonly login: SshLogin
  readonly steps: Steps
}

/** The node is out whatever becomes of its server: it may be out of reach for the one who asks. */
export const cleanRemoved = async (
  { openServer, signal }: Pick<Cli, 'openServer' | 'signal'>,
  { nodeId, login, steps }: Removed,
): Promise<ServerLeft> => {
  steps.onStep(`clean ${login.destination}`)
  try {
    await using server = await openServer(login)
    return { isCleaned: true, ...(await cleanServer(server, nodeId, signal)) }
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error
    return { isCleaned: false, why: error.message }
  }
}
