import { openStage } from '@atoll/deploy/stage'
import { Secret, TOTP } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { createInvitation } from './invitations.ts'
import { addPerson, caught, openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'

const never = new AbortController().signal
const password = 'correct horse battery'

const invite = async ({ control }: TestControl, ttlMs = 60_000): Promise<string> => {
  const { token, document } = createInvitation({ role: 'owner', nowMs: control.clock.now(), ttlMs })
  const { collection, id, value } = document
  await control.documents.put(collection, id, { expected: 0, value }, never)
  return token
}

const accept = async (test: TestControl, name = 'anna') => {
  const body = { token: await invite(test), name, password }
  return test.client().call('acceptInvitation', { body }, never)
}

const signIn = (test: TestControl, body: { name: string; password: string; totp?: string }) =>
  test.client().call('signIn', { body }, never)

describe('an invitation', () => {
  it('makes a person once, who signs in from then on', async () => {
    await using test = await openTestControl(openStage())
    const token = await invite(test)
    const accepted = await test.client().call('acceptInvitation', { body: { token, name: 'anna', password } }, never)
    const me = await test.client(accepted.token).call('getMe', {}, never)
    expect(me).toEqual({ name: 'anna', kind: 'session', grants: [{ role: 'owner' }], hasTotp: false, recoveryCodes: 0 })
    const again = test.client().call('acceptInvitation', { body: { token, name: 'eve', password } }, never)
    expect(await caught(again)).toMatchObject({ status: 401, code: 'invalid-invitation' })
    expect((await signIn(test, { name: 'anna', password })).token).toMatch(/^atoll_s_/)
    const kept = await Promise.all(
      ['person', 'session', 'invitation', 'audit'].map((name) => test.control.documents.list(name, {}, never)),
    )
    expect(JSON.stringify(kept)).not.toContain(password)
    expect(JSON.stringify(kept)).not.toContain(accepted.token)
  })

  it('is of no use to two at once, and none when it is too old', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const token = await invite(test)
    const both = await Promise.all(
      ['anna', 'eve'].map((name) =>
        caught(test.client().call('acceptInvitation', { body: { token, name, password } }, never)),
      ),
    )
    expect(both.filter((error) => error === undefined)).toHaveLength(1)
    const old = await invite(test)
    await stage.pass(61_000)
    const late = test.client().call('acceptInvitation', { body: { token: old, name: 'bob', password } }, never)
    expect(await caught(late)).toMatchObject({ code: 'invalid-invitation' })
    expect(await test.control.documents.list('person', {}, never)).toHaveLength(1)
  })
})

describe('signing in', () => {
  it('fails alike for a wrong password and for nobody, and is slowed down', async () => {
    await using test = await openTestControl(openStage())
    await accept(test)
    const wrong = (name: string) => caught(signIn(test, { name, password: 'not the password' }))
    const answers = [await wrong('anna'), await wrong('nobody')] as Error[]
    expect(answers[0]).toMatchObject({ status: 401, code: 'wrong-password' })
    expect(answers[1]).toEqual(answers[0])
    for (let tries = 0; tries < 8; tries += 1) await wrong('anna')
    expect(await caught(signIn(test, { name: 'anna', password }))).toMatchObject({
      status: 429,
      code: 'too-many-attempts',
    })
  })

  it('sets a cookie that reads, and changes only with the header that other sites cannot send', async () => {
    await using test = await openTestControl(openStage())
    const { token } = await accept(test)
    const cookie = `other=1; __Host-atoll=${token}`
    const get = await test.server.inject({ method: 'GET', url: '/v1/me', headers: { cookie } })
    expect(get.statusCode).toBe(200)
    const bare = await test.server.inject({ method: 'DELETE', url: '/v1/sessions/current', headers: { cookie } })
    expect([bare.statusCode, bare.json<{ code: string }>().code]).toEqual([403, 'request-header-missing'])
    const headers = { cookie, 'x-atoll-request': '1' }
    const out = await test.server.inject({ method: 'DELETE', url: '/v1/sessions/current', headers })
    expect(out.statusCode).toBe(204)
    expect(out.headers['set-cookie']).toMatch(/^__Host-atoll=; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=0$/)
    expect(await caught(test.client(token).call('getMe', {}, never))).toMatchObject({ status: 401 })
  })

  it('needs a one-time password once that is confirmed, and takes each code once', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const client = test.client((await accept(test)).token)
    const { secret, uri } = await client.call('enrolTotp', { body: { password } }, never)
    expect(uri).toContain('otpauth://totp/Atoll:anna')
    const totp = new TOTP({ secret: Secret.fromBase32(secret) })
    const code = (): string => totp.generate({ timestamp: stage.clock.now() })
    await signIn(test, { name: 'anna', password })
    await client.call('confirmTotp', { body: { code: code() } }, never)
    expect(await caught(signIn(test, { name: 'anna', password }))).toMatchObject({ code: 'totp-required' })
    const used = { name: 'anna', password, totp: code() }
    expect(await caught(signIn(test, used))).toMatchObject({ code: 'wrong-password' })
    await stage.pass(30_000)
    const next = { name: 'anna', password, totp: code() }
    expect((await signIn(test, next)).name).toBe('anna')
    expect(await caught(signIn(test, next))).toMatchObject({ code: 'wrong-password' })
    expect(JSON.stringify(await test.control.documents.list('person', {}, never))).not.toContain(secret)
  })
})

describe('what was revoked on one control', () => {
  const openTwo = async () => {
    const stage = openStage()
    const [one, two] = [await openTestControl(stage), await openTestControl(stage, { node: 1 })]
    const root = await addPerson(one, { name: 'root', grants: [{ role: 'owner' }] })
    const anna = await addPerson(one, { name: 'anna', grants: [{ role: 'deployer', app: 'shop' }] })
    const close = async (): Promise<void> => {
      await one[Symbol.asyncDispose]()
      await two[Symbol.asyncDispose]()
    }
    return { one, two, root, anna, [Symbol.asyncDispose]: close }
  }

  it('is revoked on the other: a session, a token, a role, a person', async () => {
    await using world = await openTwo()
    const { one, two, root, anna } = world
    const body = { name: 'ci', role: 'viewer' as const, app: 'shop', expiresInS: 3600 }
    const token = await one.client(anna).call('createToken', { body }, never)
    const asToken = (): Promise<unknown> => caught(two.client(token.secret).call('getMe', {}, never))
    expect(await asToken()).toBeUndefined()
    await one.client(anna).call('removeToken', { params: { token: token.id } }, never)
    expect(await asToken()).toMatchObject({ status: 401 })

    const plan = { params: { app: 'shop', environment: 'test' }, query: {} }
    const look = (): Promise<unknown> => caught(two.client(anna).call('listReleases', plan, never))
    expect(await look()).toBeUndefined()
    const [person] = (await one.client(root).call('listPeople', {}, never)).items
    const change = { params: { name: 'anna' }, headers: { 'if-match': `"${person?.revision}"` }, body: { grants: [] } }
    const changed = await one.client(root).call('changeRole', change, never)
    expect(await look()).toMatchObject({ status: 403 })
    const stale = one.client(root).call('changeRole', change, never)
    expect(await caught(stale)).toMatchObject({ status: 412, code: 'changed' })

    const headers = { 'if-match': `"${changed.revision}"` }
    await one.client(root).call('removePerson', { params: { name: 'anna' }, headers }, never)
    expect(await look()).toMatchObject({ status: 401 })
    expect(await two.control.documents.list('session', {}, never)).toHaveLength(1)
  })

  it('stays revoked when somebody of the same name comes', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const before = await addPerson(test, { name: 'anna', grants: [{ role: 'owner' }] })
    await test.control.documents.remove('person', 'anna', never)
    await stage.pass(1_000)
    const after = await addPerson(test, { name: 'anna', grants: [] })
    expect(await caught(test.client(before).call('getMe', {}, never))).toMatchObject({ status: 401 })
    expect(await caught(test.client(after).call('getMe', {}, never))).toBeUndefined()
  })
})

describe('a token', () => {
  it('may no more than who made it, and makes no further ones', async () => {
    await using test = await openTestControl(openStage())
    const anna = test.client(await addPerson(test, { name: 'anna', grants: [{ role: 'deployer', app: 'shop' }] }))
    const wanted = { name: 'ci', role: 'maintainer' as const, app: 'shop', expiresInS: 3600 }
    expect(await caught(anna.call('createToken', { body: wanted }, never))).toMatchObject({ status: 403 })
    const { secret } = await anna.call('createToken', { body: { ...wanted, role: 'viewer' } }, never)
    const program = test.client(secret)
    expect(await caught(program.call('createToken', { body: wanted }, never))).toMatchObject({ code: 'needs-session' })
    const restart = { params: { app: 'shop', environment: 'test' }, body: { kind: 'restart' as const, services: [] } }
    expect(await caught(program.call('startDeployment', restart, never))).toMatchObject({ code: 'forbidden' })
  })
})

it('the last owner stays', async () => {
  await using test = await openTestControl(openStage())
  const root = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
  const headers = { 'if-match': '"1"' }
  const gone = root.call('removePerson', { params: { name: 'root' }, headers }, never)
  expect(await caught(gone)).toMatchObject({ status: 409, code: 'last-owner' })
  const less = root.call('changeRole', { params: { name: 'root' }, headers, body: { grants: [] } }, never)
  expect(await caught(less)).toMatchObject({ status: 409, code: 'last-owner' })
})
