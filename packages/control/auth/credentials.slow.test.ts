import type { Client } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import { Secret, TOTP } from 'otpauth'
import { describe, expect, it, vi } from 'vitest'
import { addPerson, caught, openTestControl } from '../test-control.ts'
import { createInvitation } from './invitations.ts'

vi.setConfig({ testTimeout: 60_000 })

const never = new AbortController().signal
const password = 'correct horse battery'
const newPassword = 'another horse entirely'

/** A control with root, who owns it, and anna, who came by invitation and has a password. */
const open = async () => {
  const stage = openStage()
  const test = await openTestControl(stage)
  const root = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
  const { token, document } = createInvitation({ role: 'viewer', nowMs: stage.clock.now(), ttlMs: 60_000 })
  const { collection, id, value } = document
  await test.control.documents.put(collection, id, { expected: 0, value }, never)
  const { token: session } = await test
    .client()
    .call('acceptInvitation', { body: { token, name: 'anna', password } }, never)
  const signIn = (body: { password: string; totp?: string; recoveryCode?: string }): Promise<Client> =>
    test
      .client()
      .call('signIn', { body: { name: 'anna', ...body } }, never)
      .then((signedIn) => test.client(signedIn.token))
  const audited = async (): Promise<readonly string[]> =>
    (await root.call('listAudit', {}, never)).items.map(({ action, by, subject }) => `${by} ${action} ${subject}`)
  const kept = async (): Promise<string> =>
    JSON.stringify([
      await Promise.all(['person', 'reset', 'audit'].map((name) => test.control.documents.list(name, {}, never))),
      test.log,
    ])
  const close = () => test[Symbol.asyncDispose]()
  return { stage, test, root, anna: test.client(session), signIn, audited, kept, [Symbol.asyncDispose]: close }
}

/** Turns one-time passwords on; gives the way to the code of the moment, and the recovery codes. */
const turnOn = async ({ stage, anna }: Awaited<ReturnType<typeof open>>) => {
  const { secret } = await anna.call('enrolTotp', { body: { password } }, never)
  const totp = new TOTP({ secret: Secret.fromBase32(secret) })
  const code = (): string => totp.generate({ timestamp: stage.clock.now() })
  const { recoveryCodes } = await anna.call('confirmTotp', { body: { code: code() } }, never)
  await stage.pass(30_000)
  return { code, recoveryCodes }
}

const isSignedOut = async (client: Client): Promise<boolean> =>
  (await caught(client.call('getMe', {}, never))) !== undefined

describe('a password', () => {
  it('is changed with the one before; other sessions end, this one stays', async () => {
    await using world = await open()
    const { anna, signIn, audited, kept } = world
    const other = await signIn({ password })
    const wrong = anna.call('changePassword', { body: { password: 'not the password', newPassword } }, never)
    expect(await caught(wrong)).toMatchObject({ status: 401, code: 'wrong-password' })
    expect(await isSignedOut(other)).toBe(false)
    await anna.call('changePassword', { body: { password, newPassword } }, never)
    expect([await isSignedOut(other), await isSignedOut(anna)]).toEqual([true, false])
    expect(await caught(signIn({ password }))).toMatchObject({ code: 'wrong-password' })
    expect(await isSignedOut(await signIn({ password: newPassword }))).toBe(false)
    expect(await audited()).toContain('anna changePassword anna')
    expect(await kept()).not.toContain(newPassword)
  })

  it('is chosen anew by a link of an owner, once; the one-time password is asked for still', async () => {
    await using world = await open()
    const { test, root, anna, signIn, audited, kept } = world
    const { code } = await turnOn(world)
    const params = { name: 'anna' }
    expect(await caught(anna.call('resetPassword', { params }, never))).toMatchObject({ code: 'forbidden' })
    const old = await root.call('resetPassword', { params }, never)
    const { token } = await root.call('resetPassword', { params }, never)
    const accept = (body: { token: string; totp?: string }) =>
      test.client().call('acceptReset', { body: { password: newPassword, ...body } }, never)
    expect(await caught(accept({ token: old.token, totp: code() }))).toMatchObject({ code: 'invalid-reset' })
    expect(await caught(accept({ token }))).toMatchObject({ status: 401, code: 'totp-required' })
    const accepted = await accept({ token, totp: code() })
    expect(accepted.name).toBe('anna')
    expect([await isSignedOut(anna), await isSignedOut(test.client(accepted.token))]).toEqual([true, false])
    expect(await caught(accept({ token, totp: code() }))).toMatchObject({ status: 401, code: 'invalid-reset' })
    expect(await caught(signIn({ password, totp: code() }))).toMatchObject({ code: 'wrong-password' })
    expect(await audited()).toEqual(expect.arrayContaining(['root resetPassword anna', 'anna acceptReset anna']))
    expect(await kept()).not.toContain(token)
  })

  it('is not chosen by a link that is too old, or of somebody of that name who is gone', async () => {
    await using world = await open()
    const { stage, test, root } = world
    const params = { name: 'anna' }
    const gone = await root.call('resetPassword', { params }, never)
    const accept = (token: string) => caught(test.client().call('acceptReset', { body: { token, password } }, never))
    await test.control.documents.remove('person', 'anna', never)
    await stage.pass(1_000)
    await addPerson(test, { name: 'anna', grants: [{ role: 'owner' }] })
    expect(await accept(gone.token)).toMatchObject({ code: 'invalid-reset' })
    const old = await root.call('resetPassword', { params }, never)
    await stage.pass(86_400_001)
    expect(await accept(old.token)).toMatchObject({ code: 'invalid-reset' })
  })

  it('who has none has none to change', async () => {
    await using world = await open()
    const { test, root } = world
    const client = test.client(await addPerson(test, { name: 'eve', grants: [] }))
    const found = await test.control.documents.find<{ password?: unknown }>('person', 'eve', never)
    const { password: _, ...value } = found?.value ?? {}
    await test.control.documents.put('person', 'eve', { expected: 1, value }, never)
    for (const ask of [
      () => client.call('changePassword', { body: { password, newPassword } }, never),
      () => client.call('enrolTotp', { body: { password } }, never),
      () => root.call('resetPassword', { params: { name: 'eve' } }, never),
    ]) {
      expect(await caught(ask())).toMatchObject({ status: 409, code: 'no-password' })
    }
    const signIn = test.client().call('signIn', { body: { name: 'eve', password } }, never)
    expect(await caught(signIn)).toMatchObject({ status: 401, code: 'wrong-password' })
  })
})

describe('one-time passwords', () => {
  it('can be replaced by each recovery code, once', async () => {
    await using world = await open()
    const { anna, signIn, kept } = world
    const { recoveryCodes } = await turnOn(world)
    expect(new Set(recoveryCodes).size).toBe(10)
    const [first = '', second = ''] = recoveryCodes
    expect(await caught(signIn({ password, recoveryCode: 'aaaa-aaaa-aaaa-aaaa' }))).toMatchObject({
      code: 'wrong-password',
    })
    await signIn({ password, recoveryCode: first })
    expect(await caught(signIn({ password, recoveryCode: first }))).toMatchObject({ code: 'wrong-password' })
    await signIn({ password, recoveryCode: ` ${second.toUpperCase().replaceAll('-', ' ')}` })
    expect(await anna.call('getMe', {}, never)).toMatchObject({ hasTotp: true, recoveryCodes: 8 })
    expect(await kept()).not.toContain(recoveryCodes[2])
  })

  it('are taken off with a code of the moment, or a recovery code, and with nothing less', async () => {
    await using world = await open()
    const { anna, signIn, audited } = world
    expect(await caught(anna.call('endTotp', { body: { totp: '000000' } }, never))).toMatchObject({ code: 'not-found' })
    const { code, recoveryCodes } = await turnOn(world)
    expect(await caught(anna.call('enrolTotp', { body: { password } }, never))).toMatchObject({ code: 'totp-there' })
    expect(await caught(anna.call('endTotp', { body: {} }, never))).toMatchObject({ code: 'invalid' })
    const wrong = anna.call('endTotp', { body: { recoveryCode: 'nothing' } }, never)
    expect(await caught(wrong)).toMatchObject({ code: 'wrong-password' })
    await anna.call('endTotp', { body: { totp: code() } }, never)
    await signIn({ password })
    const again = await turnOn(world)
    expect(again.recoveryCodes).not.toContain(recoveryCodes[0])
    await anna.call('endTotp', { body: { recoveryCode: again.recoveryCodes[9] ?? '' } }, never)
    await signIn({ password })
    expect(await audited()).toContain('anna endTotp anna')
  })

  it('are not confirmed by a wrong code', async () => {
    await using world = await open()
    const { anna, signIn } = world
    await anna.call('enrolTotp', { body: { password } }, never)
    const wrong = anna.call('confirmTotp', { body: { code: '000000' } }, never)
    expect(await caught(wrong)).toMatchObject({ status: 422, code: 'wrong-code' })
    await signIn({ password })
  })

  it('are taken off somebody by an owner, which is written down', async () => {
    await using world = await open()
    const { root, anna, signIn, audited } = world
    const params = { name: 'anna' }
    expect(await caught(root.call('removeTotp', { params }, never))).toMatchObject({ code: 'not-found' })
    await turnOn(world)
    expect(await caught(anna.call('removeTotp', { params }, never))).toMatchObject({ code: 'forbidden' })
    await root.call('removeTotp', { params }, never)
    await signIn({ password })
    expect(await audited()).toContain('root removeTotp anna')
  })
})

describe('invitations', () => {
  it('are listed with who made them, and none that is taken back lets anybody in', async () => {
    await using world = await open()
    const { stage, test, root, anna, audited } = world
    const made = await root.call('invitePerson', { body: { role: 'deployer', app: 'shop' } }, never)
    await stage.pass(1_000)
    await root.call('invitePerson', { body: { role: 'viewer', email: 'Bob@Example.org', expiresInS: 60 } }, never)
    const { items } = await root.call('listInvitations', {}, never)
    expect(items).toMatchObject([
      { by: 'root', grants: [{ role: 'viewer' }], email: 'bob@example.org' },
      { by: 'root', grants: [{ role: 'deployer', app: 'shop' }] },
    ])
    expect(JSON.stringify(items)).not.toContain('hash')
    const first = await root.call('listInvitations', { query: { limit: 1 } }, never)
    const second = await root.call('listInvitations', { query: { limit: 1, after: first.next ?? '' } }, never)
    expect([...first.items, ...second.items]).toEqual(items)
    const params = { invitation: items[1]?.id ?? '' }
    expect(await caught(anna.call('removeInvitation', { params }, never))).toMatchObject({ code: 'forbidden' })
    await root.call('removeInvitation', { params }, never)
    const body = { token: made.token, name: 'bob', password }
    const late = test.client().call('acceptInvitation', { body }, never)
    expect(await caught(late)).toMatchObject({ status: 401, code: 'invalid-invitation' })
    expect(await caught(root.call('removeInvitation', { params }, never))).toMatchObject({ code: 'not-found' })
    await stage.pass(60_000)
    expect((await root.call('listInvitations', {}, never)).items).toEqual([])
    expect(await audited()).toContain(`root removeInvitation ${params.invitation}`)
  })
})
