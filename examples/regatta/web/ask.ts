import { lookup } from 'node:dns/promises'
import { request } from 'node:http'
import type { ClientRequest } from 'node:http'
import { text } from 'node:stream/consumers'

/** Where a name leads now; a task whose node lost its power is still among them for some seconds. */
export type FindAddresses = (host: string) => Promise<readonly string[]>

/** Within one cluster a task that lives is reached in a few milliseconds. */
const connectMs = 500
const answerMs = 3_000

/**
 * Posts to the first address that can be reached, and gives what it answers. Each time with a connection of its own: one that
 * was kept may lead to a node that is gone. What has reached an address is not sent to the next.
 */
export async function ask(url: URL, findAddresses: FindAddresses = findAll): Promise<string> {
  const troubles: string[] = []
  for (const address of await findAddresses(url.hostname)) {
    const connection = await connect(url, address)
    if (connection.kind === 'reached') return send(connection.call)
    troubles.push(`${address}: ${connection.trouble}`)
  }
  throw new Error(`${url.host}: ${troubles.join('; ') || 'no address'}`)
}

const findAll: FindAddresses = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

type Connection =
  | { readonly kind: 'reached'; readonly call: ClientRequest }
  | { readonly kind: 'silent'; readonly trouble: string }

const connect = (url: URL, address: string): Promise<Connection> =>
  new Promise((resolve) => {
    const headers = { host: url.host, connection: 'close' }
    const { port, pathname } = url
    const call = request({ host: address, port, path: pathname, method: 'POST', headers, agent: false })
    const timer = setTimeout(() => call.destroy(new Error(`not reached within ${connectMs} ms`)), connectMs)
    call.on('close', () => clearTimeout(timer))
    call.on('error', (error) => resolve({ kind: 'silent', trouble: error.message }))
    call.once('socket', (socket) =>
      socket.once('connect', () => {
        clearTimeout(timer)
        resolve({ kind: 'reached', call })
      }),
    )
  })

const send = async (call: ClientRequest): Promise<string> =>
  new Promise((resolve, reject) => {
    call.setTimeout(answerMs, () => call.destroy(new Error(`no answer within ${answerMs} ms`)))
    call.on('error', reject)
    call.on('response', (reply) => {
      text(reply).then(
        (body) => (reply.statusCode === 200 ? resolve(body) : reject(new Error(`${reply.statusCode} ${body}`))),
        reject,
      )
    })
    call.end()
  })
