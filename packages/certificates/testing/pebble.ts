import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as requestHttps } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { createAuthority, issueCertificate } from '@atoll/authority'
import { freePort } from '@atoll/ingress/free-port'

/** A real ACME server of tests, with a DNS of its own in which every name leads to this machine. */
export interface TestPebble extends AsyncDisposable {
  readonly directory: string
  /** Signs the server's own certificate. */
  readonly rootPem: string
  /** What it serves with. */
  readonly credentials: { readonly cert: string; readonly key: string }
  /** Forgets accounts, orders and its own keys, and signs with others. */
  readonly restart: () => Promise<void>
  /** Who signs what it issues, at this moment. */
  readonly findRoot: () => Promise<string>
  /** `add-a`, `set-servfail`, `set-txt`: of pebble-challtestsrv. */
  readonly tellDns: (order: string, body: object) => Promise<void>
  /** Where the DNS answers. */
  readonly dns: string
}

export interface PebbleOptions {
  /** Where challenges are asked for. */
  readonly httpPort: number
  /** Of this machine, where it is asked; the loopback unless said. */
  readonly address?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly config?: object
}

const programs = '/usr/bin'
const startMs = 20_000

/** On free ports. Nothing waits for chance unless the environment says so. */
export const startPebble = async ({
  httpPort,
  address = '127.0.0.1',
  environment = {},
  config = {},
}: PebbleOptions): Promise<TestPebble> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-pebble-'))
  const [port, managementPort, dnsPort, dnsManagementPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ])
  const { rootPem, credentials } = await writeFiles(folder, { address, port, managementPort, httpPort, config })
  const dns = startDns(dnsPort, dnsManagementPort)
  const launch = async (): Promise<Running> => {
    const argv = ['-config', join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${dnsPort}`, '-strict']
    const running = start('pebble', argv, { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', ...environment })
    await until(() => get(`https://${address}:${port}/dir`, rootPem), running)
    return running
  }
  await requirePrograms()
  let pebble = await launch()
  return {
    directory: `https://${address}:${port}/dir`,
    rootPem,
    credentials,
    restart: async () => {
      await stop(pebble.child)
      pebble = await launch()
    },
    findRoot: () => get(`https://127.0.0.1:${managementPort}/roots/0`, rootPem),
    tellDns: async (order, body) => {
      const url = `http://127.0.0.1:${dnsManagementPort}/${order}`
      const { ok, status } = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
      if (!ok) throw new Error(`pebble-challtestsrv ${order}: ${status}`)
    },
    dns: `127.0.0.1:${dnsPort}`,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([stop(pebble.child), stop(dns.child)])
      await rm(folder, { recursive: true })
    },
  }
}

/** Every name leads to this machine until it is told otherwise; it answers no challenge itself. */
const startDns = (port: number, managementPort: number): Running => {
  const silent = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', '']
  const listen = ['-dns01', `127.0.0.1:${port}`, '-management', `127.0.0.1:${managementPort}`]
  return start('pebble-challtestsrv', [...silent, ...listen, '-defaultIPv4', '127.0.0.1'])
}

interface Ports {
  readonly address: string
  readonly port: number
  readonly managementPort: number
  readonly httpPort: number
  readonly config: object
}

type Written = Pick<TestPebble, 'rootPem' | 'credentials'>

/** Gives the server's own certificate, and its authority. */
const writeFiles = async (
  folder: string,
  { address, port, managementPort, httpPort, config }: Ports,
): Promise<Written> => {
  const nowMs = Date.now()
  const authority = await createAuthority({ name: 'Atoll test', nowMs })
  const addresses = [...new Set([address, '127.0.0.1'])]
  const request = {
    authority,
    commonName: 'pebble',
    names: [],
    addresses,
    use: 'server',
    nowMs,
    lifeMs: 3_600_000,
  } as const
  const { certificatePem, keyPem } = await issueCertificate(request)
  const [certificate, privateKey] = [join(folder, 'pebble.crt'), join(folder, 'pebble.key')]
  await writeFile(certificate, certificatePem)
  await writeFile(privateKey, keyPem)
  const listen = { listenAddress: `${address}:${port}`, managementListenAddress: `127.0.0.1:${managementPort}` }
  const pebble = { ...listen, certificate, privateKey, httpPort, tlsPort: 1, ocspResponderURL: '', ...config }
  await writeFile(join(folder, 'pebble.json'), JSON.stringify({ pebble }))
  return { rootPem: authority.certificatePem, credentials: { cert: certificatePem, key: keyPem } }
}

interface Running {
  readonly child: ChildProcess
  readonly output: () => string
}

const start = (program: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Running => {
  const child = spawn(join(programs, program), argv, { stdio: ['ignore', 'pipe', 'pipe'], env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, output: () => output }
}

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
}

const until = async (look: () => Promise<unknown>, { child, output }: Running): Promise<void> => {
  for (const endMs = performance.now() + startMs; ; await wait(20)) {
    if (child.exitCode !== null) throw new Error(`pebble ended: ${output()}`)
    try {
      await look()
      return
    } catch (error) {
      if (performance.now() > endMs) throw error
    }
  }
}

const get = async (url: string, ca: string): Promise<string> => {
  const request = requestHttps(url, { ca, agent: false, timeout: 5_000 }).end()
  const [response] = (await once(request, 'response')) as [Parameters<typeof text>[0]]
  return text(response)
}

const requirePrograms = async (): Promise<void> => {
  for (const name of ['lego', 'pebble', 'pebble-challtestsrv']) {
    await access(join(programs, name), constants.X_OK).catch((cause: unknown) => {
      throw new Error(`${name}: not there; run "apt-get install lego pebble"`, { cause })
    })
  }
}
