import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { readGateConfig } from './config.ts'
import { openRelay } from './relay.ts'

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

const listen = async (server: Server): Promise<number> => {
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

const openGate = async (answer: (socket: Socket) => void): Promise<number> => {
  const port = await listen(createServer({ allowHalfOpen: true }, answer))
  return listen(openRelay({ host: '127.0.0.1', port }))
}

describe('a connection', () => {
  test('says whose it is, carries bytes both ways, and the end of one side is not the end of the other', async () => {
    const heard = Promise.withResolvers<string>()
    const gate = await openGate(
      (socket) =>
        void buffer(socket).then((all) => {
          const end = all.indexOf('\r\n') + 2
          heard.resolve(all.toString('latin1', 0, end))
          socket.end(all.subarray(end).reverse())
        }),
    )
    const client = connect({ port: gate, host: '127.0.0.1', allowHalfOpen: true })
    await once(client, 'connect')
    const from = client.localPort
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
    client.end(sent)
    expect((await buffer(client)).equals(Buffer.from(sent).reverse())).toBe(true)
    expect(await heard.promise).toBe(`PROXY TCP4 127.0.0.1 127.0.0.1 ${from} ${gate}\r\n`)
  })

  test('ends when the control is gone in the middle', async () => {
    const gate = await openGate((socket) => socket.write('hello', () => socket.resetAndDestroy()))
    const client = connect({ port: gate, host: '127.0.0.1' })
    await expect(once(client, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('is refused when no control takes it', async () => {
    const gone = createServer()
    const port = await listen(gone)
    gone.close()
    await once(gone, 'close')
    const client = connect({ port: await listen(openRelay({ host: '127.0.0.1', port })), host: '127.0.0.1' })
    const [error] = (await once(client, 'error').catch((failure: unknown) => [failure])) as [{ code?: string }]
    expect(error.code).toBe('ECONNRESET')
  })
})

test('what the environment says is checked', () => {
  expect(readGateConfig({ ATOLL_CONTROL: 'control:443', ATOLL_PORT: '1' })).toEqual({
    port: 1,
    target: { host: 'control', port: 443 },
  })
  expect(() => readGateConfig({ ATOLL_CONTROL: 'control' })).toThrow('HOST:PORT')
})
