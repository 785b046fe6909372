import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBench, type Bench } from './testing/bench.ts'
import { echo } from './testing/tasks.ts'

let bench: Bench
beforeEach(() => void (bench = createBench()))
afterEach(() => bench[Symbol.asyncDispose]())

describe('a proxy before this one', () => {
  const headers = { 'x-forwarded-for': '203.0.113.9, 192.0.2.7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'a' }

  test('is believed when it is trusted', async () => {
    const port = await bench.startHandler(echo)
    const ingress = await bench.startRoutes(() => [`{host: a.example.org, port: ${port}, allow: [192.0.2.7]}`], {
      trustedProxies: ['127.0.0.0/8'],
    })
    const { status, asked } = await ingress.ask({ host: 'a.example.org', isTls: false, headers })
    expect(status).toBe(200)
    expect(asked?.headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 192.0.2.7, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'a',
      'x-real-ip': '192.0.2.7',
    })
    const silent = await ingress.ask({ host: 'a.example.org' })
    expect(silent.status).toBe(403)
  })

  test.each([
    ['203.0.113.9, 192.0.2.7', 'for=192.0.2.7;host="x_.example.org";proto=https'],
    ['2001:db8::7', 'for="[2001:db8::7]";host="x_.example.org";proto=https'],
  ])('names the client also where RFC 7239 is asked for: %s', async (client, forwarded) => {
    const port = await bench.startHandler(echo)
    const ingress = await bench.startRoutes(
      () => [`{host: '*.example.org', port: ${port}, https: optional, forwarded: true}`],
      { trustedProxies: ['127.0.0.0/8'] },
    )
    const said = { ...headers, 'x-forwarded-for': client, forwarded: 'for=192.0.2.99' }
    const { asked } = await ingress.ask({ host: 'X".example.org', isTls: false, headers: said })
    expect(asked?.headers).toMatchObject({ forwarded })
  })

  test('is not when another is', async () => {
    const port = await bench.startHandler(echo)
    const ingress = await bench.startRoutes(() => [`{host: a.example.org, port: ${port}, https: optional}`], {
      trustedProxies: ['192.0.2.0/24'],
    })
    const { asked } = await ingress.ask({ host: 'a.example.org', isTls: false, headers })
    expect(asked?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' })
  })
})

describe('what failed is tried again', () => {
  /** Counts what arrives; the first address takes requests and hangs up without an answer. */
  const startFailing = async () => {
    const arrived: string[] = []
    const handle =
      (address: string): RequestListener =>
      (request, response) => {
        request.resume().on('end', () => {
          arrived.push(`${request.method} at ${address}`)
          if (address === '127.0.0.2') request.socket.destroy()
          else response.end('answered')
        })
      }
    return { arrived, port: await bench.startHandler(handle, { addresses: ['127.0.0.2', '127.0.0.3'] }) }
  }

  test('on another task, of a GET that got no answer', async () => {
    const { arrived, port } = await startFailing()
    const addresses = ['127.0.0.2', '127.0.0.3']
    const ingress = await bench.startRoutes(() => [`{host: a.example.org, port: ${port}}`], { addresses })
    for (let time = 0; time < 4; time += 1) expect((await ingress.ask({ host: 'a.example.org' })).text).toBe('answered')
    expect(arrived).toContain('GET at 127.0.0.2')
  })

  test('but never of a POST: it may have been done', async () => {
    const { arrived, port } = await startFailing()
    const addresses = ['127.0.0.2', '127.0.0.3']
    const ingress = await bench.startRoutes(() => [`{host: a.example.org, port: ${port}}`], { addresses })
    const statuses: number[] = []
    for (let time = 0; time < 6; time += 1) {
      const question = { host: 'a.example.org', method: 'POST', body: 'x', headers: { 'content-length': '1' } }
      statuses.push((await ingress.ask(question)).status)
    }
    expect(new Set(statuses)).toEqual(new Set([200, 502]))
    expect(arrived).toHaveLength(6)
  })

  test('a POST too, when the task did not take the connection', async () => {
    const port = await bench.startHandler(echo, { addresses: ['127.0.0.3'] })
    const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4']
    const ingress = await bench.startRoutes(() => [`{host: a.example.org, port: ${port}}`], { addresses })
    for (let time = 0; time < 6; time += 1) {
      const question = { host: 'a.example.org', method: 'POST', body: 'x', headers: { 'content-length': '1' } }
      expect((await ingress.ask(question)).asked?.body).toBe('x')
    }
  })

  test('as often as the route says, and for what it says', async () => {
    let asked = 0
    const port = await bench.startHandler(() => (_, response) => {
      asked += 1
      response.writeHead(asked % 3 === 0 ? 200 : 503).end()
    })
    const retries = "retries: {attempts: 2, on: ['503']}"
    const ingress = await bench.startRoutes(() => [
      `{host: a.example.org, port: ${port}, ${retries}}`,
      `{host: b.example.org, port: ${port}}`,
    ])
    expect((await ingress.ask({ host: 'a.example.org' })).status).toBe(200)
    expect(asked).toBe(3)
    expect((await ingress.ask({ host: 'b.example.org' })).status).toBe(503)
  })
})
