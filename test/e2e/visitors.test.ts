import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startPebble, type TestPebble } from '@atoll/certificates/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLoad, type LoadReport } from './constant-load.ts'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { patientServer } from './services.ts'
import { until } from './world.ts'

const host = 'shop.example.org'
const perSecond = 200
const updates = 10
const renewals = 10

/** Serial number and issuer of what a node answers TLS with. */
const readCertificate = async (address: string): Promise<{ readonly serial: string; readonly issuer: string }> => {
  const socket = connect({ host: address, port: 443, servername: host, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(5_000) })
    const { serialNumber, issuer } = new X509Certificate(socket.getPeerCertificate().raw)
    return { serial: serialNumber, issuer }
  } finally {
    socket.destroy()
  }
}

const describeReport = ({ sent, failures, repeated, longestMs }: LoadReport): string =>
  `${sent} requests, ${failures.length} failed, ${repeated} sent again, the longest ${Math.round(longestMs)} ms`

describe('visitors', () => {
  let platform: Platform
  let pebble: TestPebble
  const addresses = () => platform.lab.nodes.map(({ address }) => address)
  const certificates = () => Promise.all(addresses().map(readCertificate))
  const isEverywhere = (all: readonly unknown[]): boolean => all.length === platform.lab.nodes.length
  const isOne = (serials: readonly string[]): boolean => new Set(serials).size === 1
  const shop = (version: string, replicas = 3) =>
    platform.write('shop', {
      web: patientServer(platform.lab, version, {
        deploy: { replicas, update_config: { monitor: '1s', order: 'start-first' } },
        'x-atoll': { routes: [{ host, port: 8080 }] },
      }),
    })
  /** What visitors of all nodes get by HTTPS, over connections that are kept, while something is done. */
  const visitedWhile = async (what: string, work: () => Promise<unknown>): Promise<LoadReport> => {
    const urls = addresses().map((address) => `https://${address}`)
    const load = startLoad(urls, perSecond, { headers: { host }, answerMs: 10_000, servername: host })
    try {
      await wait(1_000)
      await work()
      await wait(1_000)
      const report = await load.report()
      process.stdout.write(`${what}: ${describeReport(report)}\n`)
      expect(report.sent).toBeGreaterThan(perSecond)
      return report
    } finally {
      await load.end()
    }
  }

  beforeAll(async () => {
    platform = await openPlatform('visitors', { nodes: 3 })
    expect((await platform.signIn()).status).toBe(0)
    pebble = await startPebble({ httpPort: 80, address: platform.lab.lab.gateway })
    // The authority comes to whichever node it likes.
    await pebble.tellDns('add-a', { host: `${host}.`, addresses: addresses() })
    shop('0')
    await platform.good('deploy')
  })
  afterAll(async () => {
    await pebble?.[Symbol.asyncDispose]()
    await platform?.close()
  })

  test('get a certificate of an authority from every node', async () => {
    const root = join(platform.home, 'pebble.pem')
    writeFileSync(root, pebble.rootPem)
    await platform.good(
      'acme',
      'set',
      '--mail',
      'ops@example.org',
      '--directory',
      pebble.directory,
      '--root-file',
      root,
    )
    const seen = await until(
      'every node to have it',
      certificates,
      (all) => all.every(({ issuer }) => issuer.includes('Pebble')),
      120_000,
    )
    expect(isOne(seen.map(({ serial }) => serial))).toBe(true)
    expect(await platform.good('cert', 'ls')).toContain('good')
  })

  test(`feel nothing of ${updates} rolling updates`, async () => {
    const { failures } = await visitedWhile(`${updates} rolling updates`, async () => {
      for (let version = 1; version <= updates; version += 1) {
        shop(String(version))
        await platform.good('deploy')
        expect(await platform.good('receipt', '--app', 'shop')).toMatch(/^0 of [\d,]+ requests failed/m)
      }
    })
    expect(failures).toEqual([])
  })

  test('nor of a way back', async () => {
    const { failures } = await visitedWhile('a rollback', () => platform.good('rollback', '--app', 'shop'))
    expect(failures).toEqual([])
  })

  test('nor of fewer replicas, and of more', async () => {
    const { failures } = await visitedWhile('a scale down and up', async () => {
      await platform.good('scale', 'web=1', '--app', 'shop')
      await platform.good('scale', 'web=3', '--app', 'shop')
    })
    expect(failures).toEqual([])
  })

  test('nor of a drain, and of the return', async () => {
    const { failures } = await visitedWhile('a drain and return', async () => {
      await platform.good('node', 'drain', 'node-3')
      await platform.good('node', 'resume', 'node-3')
      await platform.good('rebalance')
      await until('every node to be back', certificates, isEverywhere)
    })
    expect(failures).toEqual([])
  })

  test(`nor of ${renewals} renewals of their certificate`, async () => {
    const { failures } = await visitedWhile(`${renewals} renewals`, async () => {
      for (let renewal = 0; renewal < renewals; renewal += 1) {
        const [before] = await certificates()
        await platform.good('cert', 'rm', host)
        const isNew = (all: readonly { readonly serial: string; readonly issuer: string }[]): boolean =>
          isOne(all.map(({ serial }) => serial)) &&
          all.every(({ serial, issuer }) => serial !== before?.serial && issuer.includes('Pebble'))
        await until('every node to have another', certificates, isNew, 120_000)
      }
    })
    expect(failures).toEqual([])
  })

  test('nor of an ingress that is told to end, and starts again', async () => {
    const { failures } = await visitedWhile('an ingress that starts again', async () => {
      const container = await platform.findContainer('node-2', 'ingress')
      await platform.lab.run('node-2', ['docker', 'kill', '--signal', 'TERM', container])
      const find = async () => [container, ''].includes(await platform.findContainer('node-2', 'ingress'))
      await until('another to be there', find, (isOld) => !isOld, 60_000)
      const [, address = ''] = addresses()
      await until(
        'it to answer',
        () => readCertificate(address).catch(() => undefined),
        (seen) => seen !== undefined,
      )
    })
    expect(failures).toEqual([])
  })

  test('nor of names that Docker no longer knows on any node, while tasks come and go', async () => {
    const { lab } = platform
    const breakNames = async (node: string): Promise<void> => {
      for (const container of await listContainers(node)) {
        const pid = await lab.run(node, ['docker', 'inspect', '--format', '{{.State.Pid}}', container])
        const rule = ['iptables', '--insert', 'OUTPUT', '--destination', '127.0.0.11', '--jump', 'DROP']
        await lab.run(node, ['nsenter', '--target', pid.trim(), '--net', ...rule])
      }
    }
    /** Of the ingress, and the app's tasks. */
    const listContainers = async (node: string): Promise<readonly string[]> => {
      const filters = ['atoll_system_ingress', 'shop_production_web'].flatMap((name) => ['--filter', `name=${name}`])
      return (await lab.run(node, ['docker', 'ps', '--quiet', ...filters])).trim().split('\n').filter(Boolean)
    }
    const ask = `require('dns').promises.lookup('tasks.shop_production_web').then(() => process.exit(0), () => process.exit(3))`
    const isKnown = async (): Promise<boolean> => {
      const container = await platform.findContainer('node-1', 'ingress')
      const asked = ['docker', 'exec', container, '/atoll/node', '-e', ask]
      return lab.run('node-1', asked).then(
        () => true,
        () => false,
      )
    }
    expect(await isKnown()).toBe(true)
    const { failures } = await visitedWhile('an update without names', async () => {
      for (const { name } of lab.nodes) await breakNames(name)
      expect(await isKnown()).toBe(false)
      shop('without names')
      await platform.good('deploy')
    })
    expect(failures).toEqual([])
  })

  test('lose with a node what was in flight there, and nothing else', async () => {
    const report = await visitedWhile('a power cut', async () => {
      await platform.lab.kill('node-3')
      await wait(5_000)
    })
    // Over the connections that are kept to it; what others had asked of tasks there is asked of others again.
    expect(report.failures.length).toBeLessThanOrEqual(4)
    expect(report.failures.filter((failure) => !failure.startsWith(`https://${addresses()[2] ?? ''}`))).toEqual([])
  })
})
