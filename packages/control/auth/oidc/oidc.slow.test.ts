import { createHash, randomBytes } from 'node:crypto'
import { openStage } from '@atoll/deploy/stage'
import { describe, expect, it, vi } from 'vitest'
import { addPerson, caught, openTestControl } from '../../test-control.ts'
import type { TestControl } from '../../test-control.ts'
import { callbackOf } from './provider.ts'
import { openTestBrowser } from './test-browser.ts'
import type { Seen, TestBrowser } from './test-browser.ts'
import { openTestProvider, testClient } from './test-provider.ts'
import type { TestAccount } from './test-provider.ts'

vi.setConfig({ testTimeout: 60_000 })

const never = new AbortController().signal
const programPort = 4_444

const accounts: Readonly<Record<string, TestAccount>> = {
  a1: { email: 'Ann@Example.org', email_verified: true, preferred_username: 'Ann Ö.', groups: ['ops', 'staff'] },
  b2: { email: 'bob@example.org', email_verified: true, preferred_username: 'ann o', groups: [] },
  c3: { email: 'cem@example.org', email_verified: false, groups: ['staff'] },
  d4: { email: 'dee@elsewhere.net', email_verified: true, groups: ['ops'] },
}

interface Options {
  readonly mappings?: readonly { claim: string; value: string; grant: { role: 'viewer' | 'owner' } }[]
  readonly domains?: readonly string[]
}

/** A control whose owner root has set a real provider, and a browser. */
const open = async ({ mappings = [], domains = [] }: Options = {}) => {
  const stage = openStage()
  const test = await openTestControl(stage)
  const provider = await openTestProvider(callbackOf(test.url), accounts)
  const root = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
  const { issuer } = provider
  const settings = { issuer, ...testClient, url: test.url, scopes: ['groups'], domains, mappings }
  const change = (body: object, revision: number) =>
    root.call(
      'changeOidc',
      { body: { ...settings, allowsLoopback: true, ...body }, headers: { 'if-match': `"${revision}"` } },
      never,
    )
  await change({}, 0)
  const close = async (): Promise<void> => {
    await test[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  }
  return { stage, test, provider, root, settings, change, [Symbol.asyncDispose]: close }
}

const isProgram = ({ port }: URL): boolean => port === String(programPort)
const newVerifier = (): string => randomBytes(32).toString('base64url')
const startOf = (test: TestControl, verifier: string, more: Readonly<Record<string, string>> = {}): string => {
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  return `${test.url}/v1/oidc/start?${new URLSearchParams({ challenge, ...more }).toString()}`
}

const redeem = (test: TestControl, code: string, verifier: string) =>
  test.client().call('redeemOidc', { body: { code, verifier } }, never)

/** What the control tells the program that waits on its port. */
const toldOf = ({ url }: Seen): Readonly<Record<string, string>> => Object.fromEntries(new URL(url).searchParams)

/** The whole way of a program and its browser. */
const goThrough = async (
  test: TestControl,
  as: string,
  browser: TestBrowser = openTestBrowser({ stopAt: isProgram }),
) => {
  const verifier = newVerifier()
  const state = 'a-state-of-the-program'
  const seen = await browser.visit(startOf(test, verifier, { port: String(programPort), state }), as)
  const told = toldOf(seen)
  expect(new URL(seen.url).origin).toBe(`http://127.0.0.1:${programPort}`)
  expect(told['state']).toBe(state)
  return { told, verifier }
}

/** A client of who has come in that way. */
const signIn = async (test: TestControl, as: string) => {
  const { told, verifier } = await goThrough(test, as)
  const session = await redeem(test, told['code'] ?? '', verifier)
  return { session, client: test.client(session.token) }
}

const staff = [{ claim: 'groups', value: 'staff', grant: { role: 'viewer' as const } }]

describe('by default', () => {
  it('nobody comes in whom nothing gives a role, and nothing is left of them', async () => {
    await using world = await open()
    const { test } = world
    const { told } = await goThrough(test, 'a1')
    expect(told).toMatchObject({ error: 'oidc-stranger' })
    expect(told['code']).toBeUndefined()
    expect(await test.control.documents.list('person', {}, never)).toHaveLength(1)
    expect(await test.control.documents.list('oidc-code', {}, never)).toEqual([])
  })

  it('there is no provider to sign in by', async () => {
    await using test = await openTestControl(openStage())
    expect(await caught(test.client().call('getOidc', {}, never))).toMatchObject({ status: 404, code: 'not-found' })
    expect((await fetch(startOf(test, newVerifier()))).status).toBe(404)
  })
})

describe('a mapping', () => {
  it('gives its role for twelve hours, and to nobody a token that lasts longer', async () => {
    await using world = await open({ mappings: staff })
    const { stage, test, root } = world
    const { session, client } = await signIn(test, 'a1')
    expect(session.name).toBe('ann-o')
    expect(await client.call('getMe', {}, never)).toMatchObject({ grants: [{ role: 'viewer' }], hasTotp: false })
    expect(await caught(client.call('listNodes', {}, never))).toBeUndefined()
    const token = { name: 'ci', role: 'viewer' as const, expiresInS: 3600 }
    expect(await caught(client.call('createToken', { body: token }, never))).toMatchObject({ code: 'not-lasting' })
    const again = await signIn(test, 'a1')
    expect(again.session.name).toBe('ann-o')
    const people = (await root.call('listPeople', {}, never)).items
    expect(people).toMatchObject([{ name: 'ann-o', grants: [], hasPassword: false }, { name: 'root' }])
    await stage.pass(12 * 3_600_000 + 1)
    expect(await caught(client.call('getMe', {}, never))).toMatchObject({ status: 401 })
  })

  it('gives nothing any more once it is another one, and sessions end with it', async () => {
    await using world = await open({ mappings: staff })
    const { test, change } = world
    const { client } = await signIn(test, 'a1')
    await change({ mappings: [] }, 1)
    expect(await caught(client.call('getMe', {}, never))).toMatchObject({ status: 401 })
    expect((await goThrough(test, 'a1')).told).toMatchObject({ error: 'oidc-stranger' })
  })

  it('does not make two people of one name the same, nor one who comes after another', async () => {
    await using world = await open({
      mappings: [...staff, { claim: 'sub', value: 'b2', grant: { role: 'viewer' } }],
    })
    const { test } = world
    expect((await signIn(test, 'a1')).session.name).toBe('ann-o')
    expect((await signIn(test, 'b2')).session.name).toBe('ann-o-2')
    // As a removal that was cut off leaves it: the identity still names her.
    await test.control.documents.remove('person', 'ann-o', never)
    await addPerson(test, { name: 'ann-o', grants: [{ role: 'owner' }] })
    const { session, client } = await signIn(test, 'a1')
    expect(session.name).toBe('ann-o-3')
    expect((await client.call('getMe', {}, never)).grants).toEqual([{ role: 'viewer' }])
  })
})

describe('an invitation of an address', () => {
  const invite = (root: Awaited<ReturnType<typeof open>>['root'], email: string) =>
    root.call('invitePerson', { body: { role: 'deployer', app: 'shop', email } }, never)

  it('is taken once, by who has proved the address, with a role that lasts', async () => {
    await using world = await open()
    const { test, root } = world
    const { token } = await invite(root, 'ann@example.ORG')
    await invite(root, 'cem@example.org')
    const { client, session } = await signIn(test, 'a1')
    expect((await client.call('getMe', {}, never)).grants).toEqual([{ role: 'deployer', app: 'shop' }])
    const body = { token, name: 'eve', password: 'correct horse battery' }
    const late = test.client().call('acceptInvitation', { body }, never)
    expect(await caught(late)).toMatchObject({ code: 'invalid-invitation' })
    expect((await goThrough(test, 'c3')).told).toMatchObject({ error: 'oidc-stranger' })
    expect((await signIn(test, 'a1')).session.name).toBe(session.name)
    const actions = (await root.call('listAudit', {}, never)).items.map(({ by, action }) => `${by} ${action}`)
    expect(actions).toEqual(expect.arrayContaining(['ann-o joinByOidc', 'ann-o redeemOidc', 'root changeOidc']))
  })

  it('of who was removed has to be another one', async () => {
    await using world = await open()
    const { test, root } = world
    await invite(root, 'ann@example.org')
    const { client } = await signIn(test, 'a1')
    const [person] = (await root.call('listPeople', {}, never)).items
    const headers = { 'if-match': `"${person?.revision}"` }
    await root.call('removePerson', { params: { name: 'ann-o' }, headers }, never)
    expect(await caught(client.call('getMe', {}, never))).toMatchObject({ status: 401 })
    expect((await goThrough(test, 'a1')).told).toMatchObject({ error: 'oidc-stranger' })
    expect(await test.control.documents.list('identity', {}, never)).toEqual([])
  })

  it('does not make somebody with a password the one of the provider', async () => {
    await using world = await open()
    const { test, root } = world
    await addPerson(test, { name: 'ann-o', grants: [{ role: 'owner' }] })
    await invite(root, 'ann@example.org')
    expect((await signIn(test, 'a1')).session.name).toBe('ann-o-2')
  })
})

it('only proven addresses of the domains that may come in do', async () => {
  await using world = await open({
    mappings: [...staff, { claim: 'groups', value: 'ops', grant: { role: 'owner' } }],
    domains: ['example.org'],
  })
  const { test } = world
  expect((await goThrough(test, 'c3')).told).toMatchObject({ error: 'oidc-domain' })
  expect((await goThrough(test, 'd4')).told).toMatchObject({ error: 'oidc-domain' })
  expect((await signIn(test, 'a1')).session.name).toBe('ann-o')
})

describe('the way back', () => {
  it('may lead to another control', async () => {
    await using world = await open({ mappings: staff })
    const { stage, test } = world
    await using other = await openTestControl(stage, { node: 1 })
    const verifier = newVerifier()
    const browser = openTestBrowser({ stopAt: ({ pathname }) => pathname === '/v1/oidc/callback' })
    const { url } = await browser.visit(startOf(test, verifier), 'a1')
    const headers = { cookie: browser.cookies() }
    const shown = await (await fetch(url.replace(test.url, other.url), { headers })).text()
    expect(shown).toContain('Whoever else asks you for it')
    const session = await redeem(other, shown.split('\n')[0] ?? '', verifier)
    expect(session.name).toBe('ann-o')
  })

  it('is of no use without the cookie of the browser that began, with another state, or too late', async () => {
    await using world = await open({ mappings: staff })
    const { stage, test } = world
    const browser = openTestBrowser({ stopAt: ({ pathname }) => pathname === '/v1/oidc/callback' })
    const { url } = await browser.visit(startOf(test, newVerifier()), 'a1')
    const headers = { cookie: browser.cookies() }
    const other = new URL(url)
    other.searchParams.set('state', 'x'.repeat(43))
    const ask = async (address: string, sent: RequestInit = {}): Promise<unknown> => (await fetch(address, sent)).json()
    expect(await ask(url)).toMatchObject({ status: 400, code: 'oidc-flow' })
    expect(await ask(url, { headers: { cookie: '__Host-atoll-oidc=bm9uZQ' } })).toMatchObject({ code: 'oidc-flow' })
    expect(await ask(other.href, { headers })).toMatchObject({ code: 'oidc-flow' })
    await stage.pass(600_001)
    expect(await ask(url, { headers })).toMatchObject({ code: 'oidc-flow' })
  })

  it('tells the program when the person does not agree', async () => {
    await using world = await open({ mappings: staff })
    const { test, provider } = world
    const browser = openTestBrowser({ stopAt: ({ pathname }) => pathname === '/auth' })
    const program = { port: String(programPort), state: 'a-state-of-the-program' }
    const { url } = await browser.visit(startOf(test, newVerifier(), program), 'a1')
    const state = new URL(url).searchParams.get('state') ?? ''
    const refusal = new URLSearchParams({ error: 'access_denied', state, iss: provider.issuer })
    const headers = { cookie: browser.cookies() }
    const back = await fetch(`${callbackOf(test.url)}?${refusal.toString()}`, { headers, redirect: 'manual' })
    const told = new URL(back.headers.get('location') ?? test.url).searchParams
    expect([told.get('error'), told.get('state')]).toEqual(['oidc-refused', program.state])
    expect(back.headers.get('set-cookie')).toContain('Max-Age=0')
  })

  it('hands out a code that is good once, for two minutes, and for who began alone', async () => {
    await using world = await open({ mappings: staff })
    const { stage, test, root } = world
    const { told, verifier } = await goThrough(test, 'a1')
    const code = told['code'] ?? ''
    const stolen = redeem(test, code, newVerifier())
    expect(await caught(stolen)).toMatchObject({ status: 401, code: 'invalid-code' })
    const { token } = await redeem(test, code, verifier)
    expect(await caught(redeem(test, code, verifier))).toMatchObject({ code: 'invalid-code' })
    const old = await goThrough(test, 'a1')
    await stage.pass(120_001)
    expect(await caught(redeem(test, old.told['code'] ?? '', old.verifier))).toMatchObject({ code: 'invalid-code' })
    const collections = ['oidc', 'oidc-code', 'identity', 'session', 'audit', 'person']
    const kept = await Promise.all(collections.map((name) => test.control.documents.list(name, {}, never)))
    const all = JSON.stringify([kept, test.log, await root.call('getOidcSettings', {}, never)])
    for (const secret of [code, token, verifier, testClient.clientSecret]) expect(all).not.toContain(secret)
  })
})

describe('settings', () => {
  it('are shown and kept without their secret, which stays until another is given', async () => {
    await using world = await open({ mappings: staff })
    const { test, root, provider, change, settings } = world
    const shown = await root.call('getOidcSettings', {}, never)
    expect(shown).toMatchObject({ issuer: provider.issuer, hasClientSecret: true, revision: 1 })
    expect(await test.client().call('getOidc', {}, never)).toEqual({ issuer: provider.issuer, url: test.url })
    await change({ sessionS: 600, clientSecret: undefined }, 1)
    expect((await signIn(test, 'a1')).session.expiresAtMs).toBe(test.control.clock.now() + 600_000)
    expect(await caught(change({}, 1))).toMatchObject({ status: 412, code: 'changed' })
    await change({ clientSecret: 'another' }, 2)
    expect((await goThrough(test, 'a1')).told).toMatchObject({ error: 'oidc-provider' })
    expect(settings.clientSecret).toBe(testClient.clientSecret)
  })

  it('that nobody should have are refused', async () => {
    await using world = await open()
    const { test, root, change, provider } = world
    expect(await caught(change({ allowsLoopback: undefined }, 1))).toMatchObject({ status: 422, code: 'oidc-address' })
    const elsewhere = change({ issuer: 'http://10.0.0.1/' }, 1)
    expect(await caught(elsewhere)).toMatchObject({ status: 422, code: 'oidc-address' })
    expect(await caught(change({ issuer: `${provider.issuer}/nothing` }, 1))).toMatchObject({ code: 'oidc-provider' })
    const mappings = [{ claim: 'groups', value: 'x', grant: { role: 'viewer', team: 'web' } }]
    expect(await caught(change({ mappings }, 1))).toMatchObject({ code: 'no-team' })
    const client = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'maintainer' }] }))
    expect(await caught(client.call('getOidcSettings', {}, never))).toMatchObject({ code: 'forbidden' })
    await root.call('removeOidc', {}, never)
    expect(await caught(root.call('getOidcSettings', {}, never))).toMatchObject({ code: 'not-found' })
  })
})
