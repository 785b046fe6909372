import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { issue } from '@atoll/certificates'
import { freePort, makeChain, startPebble, startResponder } from '@atoll/certificates/testing'
import { keepCertificates } from '@atoll/control/testing'
import { expect, test, vi } from 'vitest'
import { openSignedIn } from '../../platform/test-signed-in.ts'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

vi.setConfig({ testTimeout: 180_000 })

const { signal } = new AbortController()

/** An environment whose current release has routes for these hosts. */
const route = async ({ documents }: TestCli, hosts: readonly string[]): Promise<void> => {
  const routes = hosts.map((host) => ({ kind: 'http', match: { host }, targets: [] }))
  const app = { name: 'shop', environment: 'production', services: [], routes }
  const environment = { current: 1, lastRelease: 1, lastDeployment: 1 }
  await documents.put('environment', 'shop.production', { expected: 0, value: environment }, signal)
  await documents.put('release', 'shop.production.1', { expected: 0, value: { number: 1, app } }, signal)
}

test('certificates are made by a real authority, which a person has set, and given back', async () => {
  using cli = openTestCli({ password: 'correct horse battery' })
  await using world = await openSignedIn(cli)
  const { say, control } = world
  const httpPort = await freePort()
  await using pebble = await startPebble({ httpPort })
  writeFileSync(join(cli.folder, 'root.pem'), pebble.rootPem)
  await route(cli, ['a.example.org', 'shut.example.org', '*.example.net'])
  expect(await say('cert ls')).toContain('atoll acme set')
  const set = `acme set --mail ann@example.org --directory ${pebble.directory}`
  expect(await say(set, { status: 1 })).toContain('--root-file')
  expect(await say(`${set} --root-file root.pem`)).toContain('no wildcards')
  const { thumbprint } = JSON.parse(await say('acme show --json')) as { readonly thumbprint: string }
  await using _responder = await startResponder(thumbprint, httpPort)
  await pebble.tellDns('add-a', { host: 'shut.example.org', addresses: ['127.0.0.99'] })

  const stop = new AbortController()
  // Time here stands still, and certificates of real authorities begin and end in the real one.
  const ask: Parameters<typeof keepCertificates>[1] = (order, options) =>
    issue(order, { ...options, program: '/usr/bin/lego', nowMs: Date.now })
  const work = keepCertificates(control.control, ask, stop.signal)
  // Two orders under way at once: either may end first.
  const isSettled = (shown: string): boolean =>
    /a\.example\.org +good/.test(shown) && /shut\.example\.org +none/.test(shown)
  const ends = performance.now() + 90_000
  let shown = ''
  while (!isSettled(shown) && performance.now() < ends) {
    await wait(500)
    await cli.stage.pass(15_000)
    shown = await say('cert ls')
  }
  expect(shown).toMatch(/a\.example\.org +good +in \d+ d .*Pebble Intermediate/)
  expect(shown).toMatch(/shut\.example\.org +none/)
  expect(shown).toContain('shut.example.org: the authority could not connect to it')
  expect(shown).toContain('*.example.net: a wildcard is proven by the DNS')
  expect(await say('cert show a.example.org')).toMatch(/answers for +a\.example\.org/)

  await say('cert export a.example.org a.pem')
  expect(statSync(join(cli.folder, 'a.pem')).mode & 0o777).toBe(0o600)
  const exported = readFileSync(join(cli.folder, 'a.pem'), 'utf8')
  expect(new X509Certificate(exported).subjectAltName).toBe('DNS:a.example.org')
  expect(exported).toContain('PRIVATE KEY')
  expect(await say('cert export a.example.org a.pem', { status: 1 })).toContain('name of a new file')
  const told =
    (await say('cert ls --json')) + (await say('cert show a.example.org --json')) + (await say('audit --json'))
  expect(told).not.toContain('PRIVATE KEY')
  stop.abort()
  await cli.stage.settle(work)
})

test('a certificate of the own is checked, listed and removed', async () => {
  using cli = openTestCli({ password: 'correct horse battery' })
  await using world = await openSignedIn(cli)
  const { say } = world
  await route(cli, ['a.example.org'])
  const made = await makeChain({ names: ['*.example.org'], nowMs: cli.stage.clock.now() })
  const write = (name: string, text: string): void => writeFileSync(join(cli.folder, name), text)
  write('chain.pem', made.leafPem + made.signerPem)
  write('key.pem', made.keyPem)
  write('other.pem', (await makeChain({ names: ['b.org'], nowMs: cli.stage.clock.now() })).keyPem)
  expect(await say('cert add chain.pem', { status: 1 })).toContain('there is no private key')
  expect(await say('cert add chain.pem other.pem', { status: 1 })).toContain('belongs to none of the certificates')
  expect(await say('cert add chain.pem key.pem')).toMatch(/neither .* known to browsers|is served for \*\.example\.org/)
  expect(await say('cert ls')).toMatch(/a\.example\.org +good +in 2?9 d|a\.example\.org +good +in 30 d/)
  expect(await say('cert show *.example.org')).toContain('Signer of tests, brought')
  await say('cert rm a.example.org')
  expect(await say('cert show a.example.org', { status: 1 })).toContain('atoll cert ls')
  expect(await say('cert ls')).toMatch(/a\.example\.org +none/)
})

test('what cannot be set is said, and no secret is shown', async () => {
  using cli = openTestCli({ password: 'correct horse battery' })
  await using world = await openSignedIn(cli)
  const { say } = world
  const httpPort = await freePort()
  const secretHmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
  const config = { externalAccountBindingRequired: true, externalAccountMACKeys: { kid: secretHmacKey } }
  await using pebble = await startPebble({ httpPort, config })
  const write = (name: string, text: string): void => writeFileSync(join(cli.folder, name), text)
  write('root.pem', pebble.rootPem)
  write('hmac', `${secretHmacKey}==\n`)
  write('dns.env', '# of the provider\nHETZNER_API_KEY="a-secret-of-dns"\n')
  write('file.env', 'GCE_SERVICE_ACCOUNT_FILE=/run/secrets/authority\n')
  const set = `acme set --mail ann@example.org --directory ${pebble.directory} --root-file root.pem`
  expect(await say('acme show', { status: 1 })).toContain('atoll acme set')
  expect(await say(set, { status: 1 })).toContain('--eab-key-id')
  expect(await say(`${set} --eab-key-id kid`, { status: 2 })).toContain('belong together')
  expect(await say(`${set} --dns-for-all`, { status: 2 })).toContain('say --dns')
  const bound = `${set} --eab-key-id kid --eab-hmac-file hmac`
  expect(await say(`${bound} --dns exec`, { status: 1 })).toContain('runs programs')
  expect(await say(`${bound} --dns gcloud --dns-file file.env`, { status: 1 })).toContain('names a file')
  expect(await say(`${bound} --dns hetzner --dns-file root.pem`, { status: 2 })).toContain('is no variable')
  const shown = await say(`${bound} --dns hetzner --dns-file dns.env`)
  expect(shown).toMatch(/DNS +hetzner with HETZNER_API_KEY/)
  const thumbprint = /thumbprint +(\S+)/.exec(shown)?.[1]
  expect(await say(`${bound} --json`)).toContain(thumbprint)
  const told = (await say('acme show --json')) + (await say('audit --json')) + JSON.stringify(world.control.log)
  expect(told + shown).not.toMatch(new RegExp(`${secretHmacKey}|a-secret-of-dns|PRIVATE KEY`))
  await say('acme rm')
  await say('acme show', { status: 1 })
})
