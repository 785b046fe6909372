import { createAuthority, issueCertificate } from '@atoll/authority'
import { openStage } from '@atoll/deploy/stage'
import { once } from 'node:events'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { createServer } from '../server.ts'
import { openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import { listAudit } from '../audit/audit.ts'
import { createFindGate } from './find-gates.ts'
import { parseProxyLine, renderProxyLine } from './proxy-line.ts'
import { openRelay } from './relay.ts'

/** However the system words it. */
const ended = /ECONNRESET|EPIPE|disconnected|socket hang up|wrong version|alert|closed/
const never = new AbortController().signal
const authority = await createAuthority({ name: 'test', nowMs: Date.now() })
const issued = await issueCertificate({
  authority,
  commonName: 'control',
  names: ['control'],
  addresses: [],
  use: 'server',
  nowMs: Date.now(),
  lifeMs: 3_600_000,
})
const tls = { key: issued.keyPem, cert: issued.certificatePem }

let test1: TestControl
let server: ReturnType<typeof createServer>
let port: number
let gates: readonly string[] = []

beforeAll(async () => {
  test1 = await openTestControl(openStage())
  server = createServer({ control: test1.control, tls, isGate: async (address) => gates.includes(address) })
  await server.listen({ port: 0, host: '127.0.0.1' })
  port = (server.server.address() as AddressInfo).port
})
afterAll(async () => {
  await server.close()
  await test1[Symbol.asyncDispose]()
})

/** Signs in wrongly over a connection that begins with some bytes; gives the address the audit has of it. */
const knock = async (first: string, to = port): Promise<string | undefined> => {
  const socket = connect({ host: '127.0.0.1', port: to })
  await once(socket, 'connect')
  socket.write(first)
  const secure = connectTls({ socket, ca: authority.certificatePem, servername: 'control' })
  await once(secure, 'secureConnect')
  const call = request({
    createConnection: () => secure,
    method: 'POST',
    path: '/v1/sessions',
    headers: { 'content-type': 'application/json', host: 'control' },
  })
  const answered = once(call, 'response')
  call.end(JSON.stringify({ name: 'ann', password: 'x' }))
  const [response] = (await answered) as [IncomingMessage]
  expect(response.statusCode).toBe(401)
  response.resume()
  await test1.control.attempts.write(never)
  return (await listAudit(test1.control, never))[0]?.address
}

describe('a connection through a gate', () => {
  it('comes from whom the gate says', async () => {
    gates = ['127.0.0.1']
    expect(await knock('PROXY TCP4 203.0.113.9 10.0.0.2 40000 8443\r\n')).toBe('203.0.113.9')
    expect(await knock('PROXY TCP6 2001:db8::7 2001:db8::1 40000 8443\r\n')).toBe('2001:db8::7')
  })

  it('comes from the gate when that does not say', async () => {
    gates = ['127.0.0.1']
    expect(await knock('')).toBe('127.0.0.1')
    expect(await knock('PROXY UNKNOWN\r\n')).toBe('127.0.0.1')
  })

  it('is told by the relay itself', async () => {
    gates = ['127.0.0.1']
    const relay = openRelay({ host: '127.0.0.1', port })
    await once(relay.listen(0, '127.0.0.1'), 'listening')
    expect(await knock('', (relay.address() as AddressInfo).port)).toBe('127.0.0.1')
    relay.close()
  })
})

describe('whoever is no gate', () => {
  it('cannot speak for another: the connection ends, and the log has it', async () => {
    gates = ['10.9.9.9']
    await expect(knock('PROXY TCP4 203.0.113.9 10.0.0.2 40000 8443\r\n')).rejects.toThrow(ended)
    expect(test1.log).toContainEqual({ event: 'no gate, but speaks for another', address: '127.0.0.1' })
    expect(await knock('')).toBe('127.0.0.1')
  })

  it('cannot after the first words either, nor with what is no line', async () => {
    gates = ['127.0.0.1']
    for (const first of ['PROXY TCP4 nobody 10.0.0.2 1 1\r\n', `PROXY ${'x'.repeat(200)}\r\n`, 'PROXZ ', '\r\n\r\n']) {
      await expect(knock(first), first).rejects.toThrow(ended)
    }
    expect(await knock('')).toBe('127.0.0.1')
  })
})

test('a line is read as it was written, and nothing else is one', () => {
  const ends = fc.record({
    remoteAddress: fc.oneof(fc.ipV4(), fc.ipV6()),
    remotePort: fc.integer({ min: 1, max: 65_535 }),
  })
  fc.assert(
    fc.property(ends, ({ remoteAddress, remotePort }) => {
      const localAddress = remoteAddress.includes(':') ? '::1' : '127.0.0.1'
      const line = renderProxyLine({ remoteAddress, remotePort, localAddress, localPort: 8443 })
      expect(line.length).toBeLessThanOrEqual(107)
      expect(parseProxyLine(line.slice(0, -2))).toEqual({ address: remoteAddress })
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => parseProxyLine(text) === undefined))
  const mapped = { remoteAddress: '::ffff:10.0.0.7', remotePort: 1, localAddress: '::ffff:10.0.0.1', localPort: 2 }
  expect(renderProxyLine(mapped)).toBe('PROXY TCP4 10.0.0.7 10.0.0.1 1 2\r\n')
})

test('a gate that has just come is looked for, and strangers do not make us ask for each of them', async () => {
  let nowMs = 0
  let asked = 0
  let there: readonly string[] = ['10.0.1.5']
  const isGate = createFindGate(
    () => nowMs,
    async () => {
      asked += 1
      return there
    },
  )
  expect(await isGate('::ffff:10.0.1.5')).toBe(true)
  for (let stranger = 0; stranger < 100; stranger += 1) expect(await isGate(`192.0.2.${stranger}`)).toBe(false)
  expect(asked).toBe(1)
  there = ['10.0.1.6']
  nowMs += 1_000
  expect(await isGate('10.0.1.6')).toBe(true)
  nowMs += 10_000
  expect(await isGate('10.0.1.5')).toBe(false)
})
