import { z } from 'zod'
import { order } from './ask.ts'
import { ServerError } from './errors.ts'
import type { ServerAddress } from './facts.ts'
import type { Server } from './server.ts'

/** Where managers are asked for their votes, and let servers in. */
export const managersPort = 2377

/** Where networks that nobody else gives an address get theirs; the first that no server is in. Not in Atoll's 10.64.0.0/10. */
const pools = ['10.200.0.0/16', '10.40.0.0/16', '10.140.0.0/16', '192.168.0.0/16']

/** Docker's own choice is 10.0.0.0/8, in which many a private network is: then nodes do not reach each other. Pure. */
export function choosePool(addresses: readonly ServerAddress[]): string {
  const isFree = (pool: string): boolean => {
    const [first, second] = pool.split('.')
    return !addresses.some(({ address }) => address.startsWith(`${first}.${second}.`))
  }
  return pools.find(isFree) ?? 'none'
}

interface FormRequest {
  /** At which the other nodes reach it. */
  readonly address: string
  readonly addresses: readonly ServerAddress[]
}

/** Makes a server the first manager of a new Swarm. */
export async function formSwarm(
  server: Server,
  { address, addresses }: FormRequest,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['docker', 'swarm', 'init', '--advertise-addr', address, '--default-addr-pool', choosePool(addresses)]
  await order({ server, signal }, argv, { doing: `form a Swarm at ${address}`, timeoutMs: 120_000 })
}

export interface JoinRequest {
  readonly token: string
  /** `10.0.0.5:2377`, of managers; the first that takes it in. */
  readonly managers: readonly string[]
  /** At which the other nodes reach it. */
  readonly address: string
  /** It takes no tasks, from its first moment on. */
  readonly isIdle?: boolean
}

const joinMs = 90_000

/** Throws ServerError `command-failed` with what every manager said; the server is in no Swarm then. */
export async function joinSwarm(server: Server, request: JoinRequest, signal: AbortSignal): Promise<void> {
  const failures: string[] = []
  for (const manager of request.managers) {
    const idle = request.isIdle === true ? ['--availability', 'drain'] : []
    const given = ['--token', request.token, '--advertise-addr', request.address, ...idle]
    const argv = ['docker', 'swarm', 'join', ...given, manager]
    const { status, stderr } = await server.run(argv, { signal, timeoutMs: joinMs })
    if (status === 0) return
    failures.push(`${manager}: ${stderr.replaceAll(request.token, '...').trim().split('\n').at(-1) ?? ''}`)
    await leaveSwarm(server, signal)
  }
  throw new ServerError(`${server.name}: join the cluster: ${failures.join('; ')}`, {
    code: 'command-failed',
    retry: true,
    hint: `from it to the managers 2377/tcp has to be open; "docker info" there says what it is part of`,
  })
}

/** Of a server that is in none it does nothing. */
export async function leaveSwarm(server: Server, signal: AbortSignal): Promise<void> {
  await server.run(['docker', 'swarm', 'leave', '--force'], { signal, timeoutMs: 60_000 })
}

const nodeIdShape = z.string().regex(/^[a-z0-9]{20,30}$/)

/** Id of the node the server is. Throws ServerError, also when it is none. */
export async function readNodeId(server: Server, signal: AbortSignal): Promise<string> {
  const argv = ['docker', 'info', '--format', '{{.Swarm.NodeID}}']
  const said = (await order({ server, signal }, argv, { doing: 'read which node it is' })).trim()
  if (said !== '') return nodeIdShape.parse(said)
  throw new ServerError(`${server.name}: it is a node of no Swarm`, {
    code: 'command-failed',
    retry: false,
    hint: 'is it the server that is meant? "docker info" there says what it is part of',
  })
}
