import { once } from 'node:events'
import type { NodeTally, RouteRefusal } from '@atoll/engine'
import type { StaticSite } from '@atoll/spec'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { chmod, rm } from 'node:fs/promises'
import { json, text } from 'node:stream/consumers'
import type { TallyQuery } from './counting/tally.ts'
import { IngressError } from './errors.ts'

/** A table on its way: who carries it need not understand it. */
export interface GivenTable {
  /** The same for the same table and networks. */
  readonly version: string
  /** Networks the ingress has to be in for it. */
  readonly networks: readonly GivenNetwork[]
  /** Files its routes serve, which the node has to have. Absent: none. */
  readonly sites?: readonly StaticSite[]
  /** A `RouteTable` as JSON. */
  readonly table: string
}

/** As the engine calls it, and its subnet. */
export interface GivenNetwork {
  readonly name: string
  readonly subnet: string
}

/** What an ingress says of itself. */
export interface IngressState {
  /** Of the table that is served; absent: none was given yet. */
  readonly version?: string
  readonly networks: readonly GivenNetwork[]
  /** As of GivenTable. */
  readonly sites?: readonly StaticSite[]
  /** Why the newest table is not served. */
  readonly trouble?: string
  /** What of it is not served, though the rest is. Absent: nothing. */
  readonly refused?: readonly RouteRefusal[]
}

/** What stands behind the door. */
export interface Keeper {
  readonly state: () => IngressState
  /** Serves what it can of a table and keeps that. Throws IngressError `refused`, and what was there before stays. */
  readonly give: (given: GivenTable) => Promise<void>
  /** The networks of the table it has are there: it need not wait for them any longer. */
  readonly begin: () => void
  /** Throws IngressError. */
  readonly readTally: (query: TallyQuery) => Promise<NodeTally>
}

/** Where an ingress listens for the agent of its node: in a folder the two have in common. */
export const doorIn = (folder: string): string => `${folder}/door.sock`

const answerMs = 60_000

/** Lets the agent in at a unix socket. Throws what listening throws. */
export const openDoor = async (path: string, keeper: Keeper): Promise<AsyncDisposable> => {
  const server = createServer((request, response) => void answer(keeper, request, response))
  // What a predecessor left, that was killed.
  await rm(path, { force: true })
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
  return {
    [Symbol.asyncDispose]: async () => {
      server.close().closeAllConnections()
      await once(server, 'close')
    },
  }
}

const answer = async (keeper: Keeper, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const reply = (status: number, body: object): void =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  try {
    if (request.url === '/v1/tally') return reply(200, await keeper.readTally((await json(request)) as TallyQuery))
    if (request.url === '/v1/table') await keeper.give((await json(request)) as GivenTable)
    else if (request.url === '/v1/begin') keeper.begin()
    reply(200, keeper.state())
  } catch (error) {
    reply(422, { message: error instanceof Error ? error.message : String(error) })
  }
}

/** The agent's side. Every call throws IngressError `not-running` when nobody answers, and `refused` with the reason. */
export interface Door {
  state(signal: AbortSignal): Promise<IngressState>
  give(given: GivenTable, signal: AbortSignal): Promise<IngressState>
  begin(signal: AbortSignal): Promise<IngressState>
  readTally(query: TallyQuery, signal: AbortSignal): Promise<NodeTally>
}

export const openDoorOf = (path: string): Door => ({
  state: (signal) => ask({ path, to: '/v1/state', signal }),
  give: (given, signal) => ask({ path, to: '/v1/table', body: given, signal }),
  begin: (signal) => ask({ path, to: '/v1/begin', signal }),
  readTally: (query, signal) => ask({ path, to: '/v1/tally', body: query, signal }),
})

interface Question {
  readonly path: string
  readonly to: string
  readonly body?: object
  readonly signal: AbortSignal
}

const ask = async <Answer>({ path, to, body, signal }: Question): Promise<Answer> => {
  const request = httpRequest({
    socketPath: path,
    path: to,
    method: 'POST',
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
  })
  try {
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const said: unknown = JSON.parse(await text(response))
    if (response.statusCode === 200) return said as Answer
    throw new IngressError((said as { readonly message: string }).message, { code: 'refused', retry: false })
  } catch (cause) {
    if (cause instanceof IngressError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new IngressError(`reach the ingress at ${path}: ${why}`, { code: 'not-running', retry: true, cause })
  }
}
