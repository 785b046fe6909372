import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { render } from './render.ts'
import { superviseHaproxy, type Ingress } from './supervise.ts'
import type { Configuration, HostCertificate } from './table.ts'
import { issueFor } from './testing/certificates.ts'
import { freePort } from './testing/free-port.ts'
import { haproxy } from './testing/haproxy.ts'
import { endpointsAt, environmentOf, sampleSettings } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const hosts = ['a.example.org', '*.example.net']
let stack: AsyncDisposableStack
let ingress: Ingress
let port = 0
let configure: (certificates: readonly HostCertificate[], paths?: number) => Configuration

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const task = stack.use(await startTasks(['127.0.0.1']))
  port = await freePort()
  const settings = { ...sampleSettings, httpPort: await freePort(), https: { port }, runFolder: folder }
  configure = (certificates, paths = 1) => {
    const routes = Array.from({ length: paths }, (_, at) => `{host: a.example.org, path: /${at}, port: ${task.port}}`)
    const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [${routes.join(', ')}]}}}}`
    return render(
      { environments: [environmentOf(text, { endpoints: { web: endpointsAt('127.0.0.1') } })], certificates },
      settings,
    )
  }
  ingress = stack.use(
    await superviseHaproxy(configure(await issue()), {
      program: await haproxy(),
      folder: join(folder, 'configurations'),
      runFolder: folder,
      reloadEveryMs: 1_000,
      graceMs: 5_000,
      log: () => undefined,
      onRequest: () => undefined,
    }),
  )
})
afterEach(() => stack.disposeAsync())

const issue = async (): Promise<readonly HostCertificate[]> =>
  (await Promise.all(hosts.map((host) => issueFor([host])))).flatMap(({ certificates }) => certificates)

const open = async (servername: string): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return socket
}

/** The first certificate of each host, as a client is shown it and as it was given. */
const shown = () =>
  Promise.all(
    ['a.example.org', 'any.example.net'].map(async (host) => {
      const socket = await open(host)
      const certificate = socket.getPeerX509Certificate()?.toString().trim()
      socket.destroy()
      return certificate
    }),
  )
const given = (certificates: readonly HostCertificate[]) =>
  certificates.map(({ pem }) => pem.slice(0, pem.indexOf('-----END CERTIFICATE-----')) + '-----END CERTIFICATE-----')

const ask = async (socket: TLSSocket): Promise<string> => {
  socket.write('GET /0 HTTP/1.1\r\nhost: a.example.org\r\n\r\n')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return chunk.toString().split('\r\n')[0] ?? ''
}

test('renewed certificates are shown without a reload, and connections that are open go on', async () => {
  const kept = await open('a.example.org')
  expect(await ask(kept)).toBe('HTTP/1.1 200 OK')
  for (let round = 0; round < 10; round++) {
    const renewed = await issue()
    expect(await ingress.apply(configure(renewed))).toBe('certificates')
    expect(await shown()).toEqual(given(renewed))
  }
  expect(await ask(kept)).toBe('HTTP/1.1 200 OK')
  expect(ingress.countReloads()).toBe(0)
  kept.destroy()
})

test('a reload shows the renewed ones too', async () => {
  const renewed = await issue()
  await ingress.apply(configure(renewed))
  expect(await ingress.apply(configure(renewed, 2))).toBe('reloaded')
  expect(await shown()).toEqual(given(renewed))
  expect(await ingress.apply(configure(renewed, 2))).toBe('unchanged')
})

test('one that is none is refused by its name, and those of before stay', async () => {
  const [first, second] = (await issue()) as [HostCertificate, HostCertificate]
  await ingress.apply(configure([first, second]))
  const broken = configure([first, { ...second, pem: first.pem.replace(/-----BEGIN PRIVATE[^]*/, '') }])
  await expect(ingress.apply(broken)).rejects.toMatchObject({
    code: 'refused',
    parts: ['certificates/_.example.net.pem'],
  })
  expect(await shown()).toEqual(given([first, second]))
  await ingress.apply(configure([first, second]))
  expect(await shown()).toEqual(given([first, second]))
  expect(ingress.countReloads()).toBe(0)
})
