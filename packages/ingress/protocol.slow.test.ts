import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { issueFor } from './testing/certificates.ts'
import { frame, types, words } from './testing/frames.ts'
import { freePort } from './testing/free-port.ts'
import { haproxy } from './testing/haproxy.ts'
import { first, http1Cases } from './testing/http1-cases.ts'
import { get, headers, host } from './testing/http2-case.ts'
import type { Rule } from './testing/http2-case.ts'
import { frameCases } from './testing/http2-frame-cases.ts'
import { headerCases } from './testing/http2-header-cases.ts'
import { startIngress } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { talkHttp1, talkHttp2 } from './testing/talk.ts'
import type { Outcome } from './testing/talk.ts'
import { startTasks } from './testing/tasks.ts'

interface Proxy {
  readonly http: number
  readonly https: number
}

let stack: AsyncDisposableStack
/** What we make of routes, and HAProxy with as little as it takes. */
let ours: Proxy
let bare: Proxy
/** What the task was asked, one line each. */
let asked: string[] = []

const handle: RequestListener = (request, response) => {
  let bytes = 0
  request.on('data', (chunk: Buffer) => (bytes += chunk.length))
  request.on('end', () => {
    asked.push(`${request.method} ${request.url} ${bytes}`)
    response.end('well')
  })
}

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  const { port } = stack.use(await startTasks(['127.0.0.1'], () => handle))
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [{host: ${host}, port: ${port}, https: optional}]}}}}`
  const ingress = stack.use(await startIngress([environmentOf(text, { endpoints: { web: endpointsAt('127.0.0.1') } })]))
  ours = { http: ingress.settings.httpPort, https: ingress.httpsPort }
  bare = await startBare(port)
})
afterAll(() => stack.disposeAsync())

const startBare = async (port: number): Promise<Proxy> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-bare-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const { certificates } = await issueFor([host])
  await writeFile(join(folder, 'certificate.pem'), certificates[0]?.pem ?? '')
  const proxy = { http: await freePort(), https: await freePort() }
  const lines = [
    'defaults',
    '  mode http',
    '  timeout connect 1s',
    '  timeout client 60s',
    '  timeout server 60s',
    '  timeout http-request 10s',
    'frontend web',
    `  bind 127.0.0.1:${proxy.http}`,
    `  bind 127.0.0.1:${proxy.https} ssl crt ${folder}/certificate.pem alpn h2,http/1.1`,
    '  default_backend task',
    'backend task',
    `  server task 127.0.0.1:${port}`,
  ]
  await writeFile(join(folder, 'haproxy.cfg'), `${lines.join('\n')}\n`)
  const child = spawn(await haproxy(), ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  stack.defer(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  })
  await vi.waitFor(() => reach(proxy.https), { timeout: 20_000 })
  return proxy
}

const reach = async (port: number): Promise<void> => {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}

const isRefusal = (word: string): boolean => /^(?:goaway [1-9]|closed|\d+: (?:reset|4\d\d))/.test(word)

/** A stream error may be a connection error, and an answer of 4xx (RFC 9113, 5.4.1 and 8.1.1). */
const keeps = (rule: Rule, outcome: Outcome): boolean => {
  if (rule === 'any') return outcome.length > 0 && !outcome.includes('silence')
  if (rule === 'answered') return outcome.join() === '1: 200'
  if (rule === 'stream error') return outcome.length > 0 && outcome.every(isRefusal)
  return outcome.some((word) => /^(?:goaway [1-9]|closed)/.test(word))
}

describe('HTTP/2', () => {
  test.concurrent.each([...frameCases, ...headerCases])(
    '$name: $rule',
    async ({ rule, bytes, streams = [1], isBare = false }) => {
      const [theirs, own] = await Promise.all(
        [bare, ours].map(({ https }) => talkHttp2({ port: https, servername: host }, { bytes, streams, isBare })),
      )
      expect(own).toEqual(theirs)
      expect(keeps(rule, own ?? [])).toBe(true)
    },
  )
})

/** Hosts that no route has. */
const otherHosts = [
  'no Host',
  'Host with a space',
  'Host with a slash',
  'absolute form of another host',
  'absolute form where Host is another',
]

const rulesKept = (told: readonly string[]): readonly string[] => [
  'any',
  told.every((word) => /^4\d\d$/.test(word)) ? 'refused' : 'answered',
]

const tell = async ({ http }: Proxy, text: string): Promise<readonly string[]> => {
  asked = []
  const outcome = await talkHttp1(http, text)
  return [...outcome, ...asked]
}

describe('HTTP/1.1', () => {
  test.each(http1Cases)('$name: $rule', async ({ name, rule, text }) => {
    const theirs = await tell(bare, text)
    const own = await tell(ours, text)
    expect(own).not.toContain('silence')
    expect(own.join()).not.toContain('smuggled')
    // Who has no route is not answered by us, and HAProxy alone sends all to its one task.
    const isOurs = otherHosts.includes(name)
    expect(own).toEqual(isOurs ? own.filter((word) => /^4\d\d$/.test(word)) : theirs)
    expect(rulesKept(own)).toContain(rule)
  })
})

test('a slash in the host is no way around what a longer path asks for', async () => {
  const fields = get.map(([name, value]) => [name, name === ':authority' ? `${host}/x` : value] as const)
  const speech = { bytes: [headers(1, fields)], streams: [1] }
  expect(await talkHttp2({ port: ours.https, servername: host }, speech)).toEqual(['1: 400'])
  for (const name of [`${host}/x`, `/${host}`, `${host}/`])
    expect(await talkHttp1(ours.http, `GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`)).toEqual(['400'])
})

test('who opens streams and resets them at once keeps nobody else from being answered', async () => {
  const flood = Array.from({ length: 3_000 }, (_, at) => [
    headers(2 * at + 1, get),
    frame(types.reset, { stream: 2 * at + 1, payload: words(8) }),
  ]).flat()
  for (const { https, http } of [bare, ours]) {
    const floods = [1, 2, 3].map(() => talkHttp2({ port: https, servername: host }, { bytes: flood, streams: [] }))
    for (let sent = 0; sent < 20; sent += 1) expect(await talkHttp1(http, `${first}\r\n`)).toEqual(['200'])
    for (const outcome of await Promise.all(floods)) expect(outcome).not.toContain('silence')
  }
})
