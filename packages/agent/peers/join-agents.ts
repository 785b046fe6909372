import type { Server } from 'node:https'
import type { Self } from '@atoll/engine/remote'
import type { AgentDirectory } from '../agent.ts'
import type { Membership } from '../config.ts'
import type { AgentServer } from '../server.ts'
import { keepCredentials, requestCredentials } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import { openDoor, renewDoor } from './open-door.ts'
import { openPeers } from './peers.ts'
import type { Peers } from './peers.ts'

export interface Joining {
  readonly membership: Membership
  readonly directory: AgentDirectory
  readonly self: (signal: AbortSignal) => Promise<Self>
  readonly now: () => number
  readonly writeLog: (entry: object) => void
}

export interface Joined {
  readonly peers: Peers
  /** Listens for other agents as soon as there is a certificate, and renews it, until the signal comes. */
  serve(server: AgentServer, signal: AbortSignal): Promise<void>
}

/** Makes an agent one of the cluster's. Until a control has signed its certificate it serves its own node only. */
export const joinAgents = ({ membership, directory, self, now, writeLog }: Joining): Joined => {
  const { authorityPem, port, secret, control } = membership
  let current: Credentials | undefined
  let door: Server | undefined
  const say = (message: string, more: object = {}): void =>
    writeLog({ time: new Date(now()).toISOString(), message, ...more })
  const listen = (credentials: Credentials, server: AgentServer): void => {
    door = openDoor(credentials, authorityPem)
    door.on('error', (error) => say('other agents cannot be served', { error: error.message }))
    server.servePeers(door)
    door.listen(port, () => say('the agent listens for other agents', { address: door?.address() }))
  }
  return {
    peers: openPeers({ directory, credentials: () => current, authorityPem, port }),
    serve: (server, signal) =>
      keepCredentials(
        {
          request: async (ended) => {
            const { nodeId } = await self(ended)
            return requestCredentials({ nodeId, secret, authorityPem, control }, ended)
          },
          use: (credentials) => {
            current = credentials
            if (door === undefined) listen(credentials, server)
            else renewDoor(door, credentials, authorityPem)
          },
          now,
          onTrouble: (error) => say('no certificate yet for speaking with other agents', { error: String(error) }),
        },
        signal,
      ),
  }
}
