import { labelNode } from '@atoll/deploy'
import type { Server } from '@atoll/server'
import type { Cli, EngineConnection } from '../cli.ts'
import { CommandError } from '../errors.ts'
import { ensureFirst } from './first-server.ts'
import type { FirstRequest } from './first-server.ts'
import type { Steps } from './lay-ground.ts'

interface OpenRequest extends FirstRequest {
  /** `--engine`. */
  readonly engines?: readonly string[]
  readonly zone?: string
  readonly steps: Steps
}

/** An engine, and the server it was reached by. */
export interface FirstConnection extends AsyncDisposable {
  readonly connection: EngineConnection
}

const socketPath = '/var/run/docker.sock'

/**
 * The engine `init` works on. Of `--on` or, when none is named and the one of this machine is meant, of this server a Swarm is
 * made first where there is none.
 */
export const openFirst = async (cli: Cli, request: OpenRequest): Promise<FirstConnection> => {
  const { login, engines, zone } = request
  const isHere = login === undefined && (await meansThisServer(cli, engines))
  if (login === undefined && !isHere) return label(keep(await cli.connect(engines)), { cli, zone })
  const server = await cli.openServer(login)
  try {
    await ensureFirst(cli, { server, request, steps: request.steps })
    const connection = await cli.connect([`unix://${await server.openSocket(socketPath)}`])
    return await label(keep(connection, server), { cli, zone })
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

const keep = (connection: EngineConnection, server?: Server): FirstConnection => ({
  connection,
  [Symbol.asyncDispose]: async () => {
    await connection[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  },
})

/** Nothing else is named, and there is no lab to be meant: then it is the engine of this machine, be it there or not. */
const meansThisServer = async (cli: Cli, engines: readonly string[] | undefined): Promise<boolean> => {
  if (engines !== undefined || cli.config.variables['DOCKER_HOST']) return false
  try {
    await using connection = await cli.connect()
    return connection.name === `unix://${socketPath}`
  } catch (error) {
    if (error instanceof CommandError && error.code === 'no-engine') return true
    throw error
  }
}

const label = async (
  first: FirstConnection,
  { cli, zone }: { readonly cli: Cli; readonly zone: string | undefined },
): Promise<FirstConnection> => {
  if (zone === undefined) return first
  const { context } = first.connection
  const leader = (await context.engine.nodes(cli.signal)).find(({ isLeader }) => isLeader)
  if (leader !== undefined) await labelNode(context, { node: leader.id, labels: { zone }, removed: [] }, cli.signal)
  return first
}
