import { z } from 'zod'
import { ask } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import { ServerError } from '../../errors.ts'

/** At which port its sshd took the connection we run programs over. Throws ServerError where we did not come by ssh. */
export const observeSshPort = async (place: Place): Promise<number> => {
  // sshd(8): address and port of the client, then of the server.
  const words = (await ask(place, ['printenv', 'SSH_CONNECTION'])).stdout.trim().split(' ')
  const port = Number(words[3])
  if (words.length === 4 && Number.isInteger(port)) return port
  throw new ServerError(`${place.server.name}: it does not say at which port we came in by ssh`, {
    code: 'command-failed',
    retry: false,
    hint: 'without that a firewall could lock us out; log in by OpenSSH itself',
  })
}

export interface ObservedSwarm {
  /** Addresses of the nodes that it knows. */
  readonly peers: readonly string[]
  /** It is a worker, which knows its managers only. */
  readonly isPartial: boolean
}

const swarm = z.object({
  LocalNodeState: z.string(),
  ControlAvailable: z.boolean().default(false),
  RemoteManagers: z.array(z.object({ Addr: z.string() })).nullish(),
})

/** What its engine knows of the cluster it is in; nobody where there is no engine, or no cluster. */
export const observeSwarm = async (place: Place): Promise<ObservedSwarm> => {
  const { status, stdout } = await ask(place, ['docker', 'info', '--format', '{{json .Swarm}}'])
  if (status !== 0 || !stdout.startsWith('{')) return { peers: [], isPartial: false }
  const { LocalNodeState, ControlAvailable, RemoteManagers } = swarm.parse(JSON.parse(stdout))
  if (LocalNodeState === 'inactive') return { peers: [], isPartial: false }
  const managers = (RemoteManagers ?? []).map(({ Addr }) => Addr.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))
  if (!ControlAvailable) return { peers: managers, isPartial: true }
  const ids = (await ask(place, ['docker', 'node', 'ls', '--quiet'])).stdout.split('\n').filter((id) => id !== '')
  const told = await ask(place, ['docker', 'node', 'inspect', '--format', '{{.Status.Addr}}', ...ids])
  const nodes = told.stdout.split('\n').filter((address) => address !== '' && address !== '0.0.0.0')
  return { peers: [...managers, ...nodes], isPartial: ids.length === 0 }
}
