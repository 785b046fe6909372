import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runAgent } from '../asking/run-agent.ts'
import { render } from '../render.ts'
import type { HostCertificate, IngressSettings, RoutedEnvironment, RouteTable } from '../table.ts'
import { environmentFor } from '../run-haproxy.ts'
import { writeConfiguration } from '../write-configuration.ts'
import { issueFor } from './certificates.ts'
import { freePort } from './free-port.ts'
import { haproxy } from './haproxy.ts'
import { sampleSettings } from './table.ts'
import type { Asked } from './tasks.ts'

/** A request to an ingress under test. */
export interface Question {
  readonly host: string
  /** As it goes over the line. */
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
  readonly isTls?: boolean
  /** What TLS is told: the name of the host unless another is said, a certificate of the client, a session that goes on. */
  readonly tls?: Pick<ConnectionOptions, 'servername' | 'cert' | 'key' | 'session' | 'maxVersion'>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly bytes: Buffer
  readonly text: string
  /** What the task says, when one has answered. */
  readonly asked: Asked | undefined
}

/** A real HAProxy on this machine. */
export interface TestIngress extends AsyncDisposable {
  readonly settings: IngressSettings
  readonly httpsPort: number
  readonly authority: string
  /** Whose certificates clients take. */
  readonly authorities: readonly string[]
  readonly output: () => string
  readonly ask: (question: Question) => Promise<Answer>
  /** Without those who answer what HAProxy asks, until this is over; then others do. */
  readonly withoutAgent: (meanwhile: () => Promise<void>) => Promise<void>
}

interface Change extends Partial<IngressSettings>, Pick<RouteTable, 'acmeThumbprint'> {
  readonly changeCertificates?: (issued: readonly HostCertificate[]) => readonly HostCertificate[]
  /** Names the certificate of tests is for. */
  readonly certified?: readonly string[]
  /** Of certificates that were changed. */
  readonly trustedAuthorities?: readonly string[]
}

/** Runs HAProxy with what is rendered of environments, at free ports of the loopback. */
export const startIngress = async (
  environments: readonly RoutedEnvironment[] | ((ports: { readonly https: number }) => readonly RoutedEnvironment[]),
  {
    changeCertificates = (issued) => issued,
    certified = ['*.example.org', 'example.org'],
    trustedAuthorities = [],
    acmeThumbprint,
    ...change
  }: Change = {},
): Promise<TestIngress> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  const { authority, certificates } = await issueFor(certified)
  const [httpPort, httpsPort] = [await freePort(), await freePort()]
  const https = { port: httpsPort }
  const settings = { ...sampleSettings, runFolder: folder, httpPort, https, checkEveryMs: 200, ...change }
  await mkdir(join(folder, 'current'))
  const table = typeof environments === 'function' ? environments({ https: httpsPort }) : environments
  const given = {
    environments: table,
    certificates: changeCertificates(certificates),
    ...(acmeThumbprint && { acmeThumbprint }),
  }
  const path = await writeConfiguration(join(folder, 'current'), render(given, settings))
  let output = ''
  const startAgent = (): Promise<AsyncDisposable> => runAgent({ ...settings, log: (line) => (output += line) })
  let agent = await startAgent()
  const child = spawn(await haproxy(), ['-db', '-f', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environmentFor(dirname(path)),
  })
  const authorities = [authority, ...trustedAuthorities]
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await untilListening(httpPort, child, () => output)
  return {
    settings,
    httpsPort,
    authority,
    authorities,
    output: () => output,
    ask: (question) => ask(question, { httpPort, httpsPort, authorities }),
    withoutAgent: async (meanwhile) => {
      await agent[Symbol.asyncDispose]()
      try {
        await meanwhile()
      } finally {
        agent = await startAgent()
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
      await agent[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

const untilListening = async (port: number, child: ChildProcess, output: () => string): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`HAProxy ended: ${output()}`)
    const socket = connect({ port, host: '127.0.0.1' })
    try {
      await once(socket, 'connect')
      return
    } catch {
      // Not yet; it ends by itself when it cannot.
    } finally {
      socket.destroy()
    }
  }
}

const ask = async (
  { host, path = '/', method = 'GET', headers = {}, body, isTls = true, tls }: Question,
  {
    httpPort,
    httpsPort,
    authorities,
  }: { readonly httpPort: number; readonly httpsPort: number; readonly authorities: readonly string[] },
): Promise<Answer> => {
  const common = { host: '127.0.0.1', path, method, headers: { host, ...headers }, agent: false, timeout: 10_000 }
  // A dot at the end is none of the name, as clients see it.
  const name = host.replace(/\.?(?::\d+)?$/, '')
  const request = isTls
    ? requestHttps({ ...common, port: httpsPort, servername: name, ca: [...authorities], ...tls })
    : requestHttp({ ...common, port: httpPort })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  const text = bytes.toString()
  const asked = text.startsWith('{"task":') ? (JSON.parse(text) as Asked) : undefined
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, text, asked }
}
