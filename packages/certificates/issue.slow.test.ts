import { X509Certificate } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { freePort } from '@atoll/ingress/free-port'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createAccountKey, thumbprintOf } from './account.ts'
import { issue } from './issue.ts'
import type { Issued } from './issue.ts'
import { accountsWith, askLego } from './testing/ask-lego.ts'
import { startPebble } from './testing/pebble.ts'
import type { TestPebble } from './testing/pebble.ts'
import { startResponder } from './testing/responder.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const stack = new AsyncDisposableStack()
const keyPem = createAccountKey()
let httpPort = 0

beforeAll(async () => {
  httpPort = stack.use(await startResponder(thumbprintOf(keyPem), await freePort())).port
})
afterAll(() => stack.disposeAsync())

const accountOf = accountsWith(keyPem)

const namesOf = (issued: Issued): readonly string[] | string =>
  issued.kind === 'issued' ? issued.chain.facts.names : JSON.stringify(issued.failures)

/** Whose fault it was, and in which words. */
const failuresOf = (issued: Issued) => (issued.kind === 'failed' ? issued.failures : [])

describe('an authority as it is', () => {
  let pebble: TestPebble
  beforeAll(async () => {
    pebble = stack.use(
      await startPebble({
        httpPort,
        config: { domainBlocklist: ['blocked.example'] },
        environment: { PEBBLE_AUTHZREUSE: '100' },
      }),
    )
  })

  test('gives a certificate that its root vouches for, and nothing is left on the disk', async () => {
    const issued = await askLego(accountOf(pebble), ['a.example.org', 'b.example.org'])
    expect(namesOf(issued)).toEqual(['a.example.org', 'b.example.org'])
    if (issued.kind !== 'issued') throw new Error('it was not issued')
    const [leaf, signer] = issued.chain.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/)
    const root = new X509Certificate(await pebble.findRoot())
    expect(new X509Certificate(leaf ?? '').verify(new X509Certificate(signer ?? '').publicKey)).toBe(true)
    expect(new X509Certificate(signer ?? '').verify(root.publicKey)).toBe(true)
    expect((await readdir(tmpdir())).filter((name) => name.startsWith(`atoll-lego-${process.pid}-`))).toEqual([])
  })

  test('knows the account again, and its proofs', async () => {
    const first = await askLego(accountOf(pebble), ['c.example.org'])
    expect(first.registration).toContain('my-account')
    const again = await askLego(accountOf(pebble, { registration: first.registration ?? '' }), ['c.example.org'])
    expect(namesOf(again)).toEqual(['c.example.org'])
  })

  test('refuses what is forbidden, does not resolve, and is not reached: each name with its reason', async () => {
    const blocked = await askLego(accountOf(pebble), ['x.example.org', 'blocked.example'])
    expect(failuresOf(blocked)).toMatchObject([{ kind: 'name', of: 'names', names: ['blocked.example'] }])
    await pebble.tellDns('set-servfail', { host: 'lost.example.org' })
    await pebble.tellDns('add-a', { host: 'shut.example.org', addresses: ['127.0.0.99'] })
    const failures = failuresOf(
      await askLego(accountOf(pebble), ['a.example.org', 'lost.example.org', 'shut.example.org']),
    )
    const kinds = failures.map(({ names, kind }) => `${names[0]}: ${kind}`)
    expect(kinds.toSorted()).toEqual(['lost.example.org: dns', 'shut.example.org: connection'])
  })

  test('asks another who does not answer for the account', async () => {
    const stranger = accountOf(pebble, { keyPem: createAccountKey() })
    const failures = failuresOf(await askLego(stranger, ['a.example.org']))
    expect(failures).toMatchObject([{ kind: 'answer', names: ['a.example.org'] }])
  })

  test('gives a wildcard for a record in the DNS, and none without', async () => {
    await using provider = await startProvider(pebble)
    const variables = { HTTPREQ_ENDPOINT: provider.url, HTTPREQ_PASSWORD: 'hunter2hunter2' }
    const dns = { name: 'httpreq', variables, resolvers: [pebble.dns], isUnchecked: true }
    const issued = await askLego(accountOf(pebble, { dns }), ['*.example.net', 'example.net'], 'dns')
    expect(namesOf(issued)).toEqual(['*.example.net', 'example.net'])
    expect(provider.asked).toContain('_acme-challenge.example.net.')
    const without = failuresOf(await askLego(accountOf(pebble), ['*.example.com']))
    expect(without).toMatchObject([{ kind: 'provider', names: ['*.example.com'] }])
    const broken = accountOf(pebble, {
      dns: { ...dns, variables: { ...variables, HTTPREQ_ENDPOINT: 'http://127.0.0.1:1/a-secret-path' } },
    })
    const [failure] = failuresOf(await askLego(broken, ['*.example.com'], 'dns'))
    expect(failure).toMatchObject({ kind: 'provider' })
    expect(failure?.reason).toContain('***')
    expect(failure?.reason).not.toContain('a-secret-path')
  })

  test('is not trusted by who does not know it, and not there at another address', async () => {
    const { rootPem: _, ...unknown } = accountOf(pebble)
    expect(failuresOf(await askLego(unknown, ['a.example.org']))).toMatchObject([{ kind: 'directory', of: 'all' }])
    const elsewhere = accountOf(pebble, { directory: 'https://127.0.0.1:1/dir' })
    expect(failuresOf(await askLego(elsewhere, ['a.example.org']))).toMatchObject([{ kind: 'directory', of: 'all' }])
    await expect(
      issue(
        { names: ['a.example.org'], challenge: 'http' },
        { account: elsewhere, program: '/usr/bin/no-lego', nowMs: Date.now, signal: AbortSignal.timeout(9_000) },
      ),
    ).rejects.toMatchObject({ code: 'no-program' })
  })

  test('that has lost everything is registered with anew', async () => {
    const { registration = '' } = await askLego(accountOf(pebble), ['d.example.org'])
    await pebble.restart()
    const again = await askLego(accountOf(pebble, { registration }), ['d.example.org'])
    expect(namesOf(again)).toEqual(['d.example.org'])
    expect(again.registration).not.toBe(registration)
  })
})

/** Writes records into the DNS of the authority, as lego's provider `httpreq` asks for it. */
const startProvider = async (pebble: TestPebble) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const answer = async (): Promise<number> => {
      if (request.url !== '/present' && request.url !== '/cleanup') return 404
      const { fqdn, value } = JSON.parse(await text(request)) as { readonly fqdn: string; readonly value: string }
      asked.push(fqdn)
      if (request.url === '/present') await pebble.tellDns('set-txt', { host: fqdn, value })
      return 200
    }
    void answer().then((status) => response.writeHead(status).end())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
