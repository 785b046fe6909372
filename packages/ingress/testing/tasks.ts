import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'

/** What a task of a test says it was asked. */
export interface Asked {
  readonly task: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Tells everything it was asked; `/status/NNN` is answered with that. */
export const echo =
  (task: string): RequestListener =>
  (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      answer(response, { task, request, body })
    })
  }

const answer = (
  response: ServerResponse,
  { task, request, body }: { readonly task: string; readonly request: IncomingMessage; readonly body: string },
): void => {
  const { method = '', url = '' } = request
  const status = Number(/^\/status\/(\d+)/.exec(url)?.[1] ?? 200)
  response.writeHead(status, { 'content-type': 'application/json', 'x-task': task, server: 'test' })
  response.end(JSON.stringify({ task, method, path: url, headers: request.headers, body }))
}

/** Starts a server of tests; port 0 is a free one. */
export const listen = async (server: Server, address: string, port = 0): Promise<number> => {
  await once(server.listen(port, address), 'listening')
  return (server.address() as AddressInfo).port
}

/** One task at each address, at one port of all. `handle`: by address. */
export const startTasks = async (
  addresses: readonly string[],
  handle: (address: string) => RequestListener = echo,
): Promise<{ readonly port: number } & AsyncDisposable> => {
  const servers = addresses.map((address) => createServer(handle(address)))
  let port = 0
  for (const [index, server] of servers.entries()) port = await listen(server, addresses[index] ?? '', port)
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}
