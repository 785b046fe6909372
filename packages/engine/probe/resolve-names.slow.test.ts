import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { resolveNames } from './resolve-names.ts'

/** A server that knows some names, denies others, and says nothing of `quiet.*`. */
const openServer = async (known: Readonly<Record<string, readonly string[]>>) => {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const name = readName(query)
    if (!name.startsWith('quiet.')) socket.send(answer(query, known[name]), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { server: `127.0.0.1:${socket.address().port}`, [Symbol.dispose]: () => void socket.close() }
}

const headerBytes = 12

const readName = (query: Buffer): string => {
  const labels: string[] = []
  for (let at = headerBytes; query[at] !== 0;) {
    const length = query[at] ?? 0
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return labels.join('.')
}

/** RFC 1035: the question again, then an A record for each address; without any the name does not exist. */
const answer = (query: Buffer, addresses: readonly string[] = []): Buffer => {
  const question = query.subarray(headerBytes, query.indexOf(0, headerBytes) + 5)
  const header = Buffer.from(query.subarray(0, headerBytes))
  header.writeUInt16BE(addresses.length === 0 ? 0x8183 : 0x8180, 2)
  for (const [index, count] of [1, addresses.length, 0, 0].entries()) header.writeUInt16BE(count, 4 + 2 * index)
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 2, 0x58, 0, 4, ...address.split('.').map(Number)]),
  )
  return Buffer.concat([header, question, ...records])
}

it('tells what is found, what does not exist, and what nobody answers for', async () => {
  using dns = await openServer({ 'tasks.shop_test_web': ['10.77.0.9', '10.77.0.4'] })
  const names = ['tasks.shop_test_web', 'tasks.shop_test_db', 'quiet.shop']
  expect(await resolveNames(names, { servers: [dns.server], timeoutMs: 100 })).toEqual([
    { kind: 'found', name: 'tasks.shop_test_web', addresses: ['10.77.0.4', '10.77.0.9'] },
    { kind: 'absent', name: 'tasks.shop_test_db' },
    { kind: 'silent', name: 'quiet.shop', code: 'ETIMEOUT' },
  ])
})
