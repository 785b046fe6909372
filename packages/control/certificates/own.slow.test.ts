import { makeChain } from '@atoll/certificates/testing'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { addPerson, caught } from '../test-control.ts'
import { findServedPems, findThumbprint } from './for-ingress.ts'
import { minuteMs, openCertified, sendApp } from './test-certified.ts'

const never = new AbortController().signal

describe('a certificate that somebody brings', () => {
  const bring = async (
    shop: Awaited<ReturnType<typeof openCertified>>,
    names: readonly string[],
    lifeMs = 30 * minuteMs,
  ) => {
    const { leafPem, signerPem, keyPem } = await makeChain({ names, nowMs: shop.stage.clock.now(), lifeMs })
    const pem = keyPem + signerPem + leafPem
    return { keyPem, leafPem, added: await shop.client.call('addCertificate', { body: { pem } }, never) }
  }

  it('is served before ours, given back to owners with its key, and removed', async () => {
    await using shop = await openCertified(['a.example.org'])
    await shop.stage.pass(minuteMs)
    const { added, keyPem, leafPem } = await bring(shop, ['*.example.org'])
    expect(added).toMatchObject({
      kind: 'own',
      names: ['*.example.org'],
      by: expect.stringContaining('root') as string,
    })
    expect(added.warnings).toHaveLength(1)
    const params = { certificate: added.id }
    const shown = await shop.client.call('getCertificate', { params }, never)
    expect(shown).toMatchObject({ hosts: ['a.example.org'], chainPem: expect.stringContaining(leafPem) as string })
    expect(await shop.client.call('exportCertificate', { params }, never)).toMatchObject({ keyPem })
    const { control } = shop.test
    const given = await findServedPems(control, ['a.example.org', 'b.org'], never)
    expect(given).toEqual([{ host: 'a.example.org', pem: shown.chainPem + keyPem, isPublic: true }])
    expect(await findThumbprint(control, never)).toBe('x')
    await shop.client.call('removeCertificate', { params }, never)
    expect(await caught(shop.client.call('getCertificate', { params }, never))).toMatchObject({ status: 404 })
    const told = JSON.stringify([await listAudit(control, never), shop.test.log])
    expect(told).toContain('exportCertificate')
    expect(told).not.toContain('PRIVATE KEY')
  })

  it('takes the place of the one before, and we have another ready before it ends', async () => {
    await using shop = await openCertified([])
    const first = await bring(shop, ['a.example.org'])
    const { added } = await bring(shop, ['a.example.org'])
    expect(added.replaced).toEqual([first.added.id])
    await sendApp(shop.stage, ['a.example.org'])
    // It has begun an hour ago, as those of authorities have: of ninety minutes nine are left at the end.
    await shop.stage.pass(15 * minuteMs)
    expect(shop.authority.asked).toEqual([])
    await shop.stage.pass(10 * minuteMs)
    expect(shop.authority.asked).toEqual([['a.example.org']])
    expect((await shop.look()).hosts[0]?.certificate).toBe(added.id)
    await shop.stage.pass(10 * minuteMs)
    expect((await shop.look()).hosts[0]).toMatchObject({ kind: 'served' })
    expect((await shop.look()).hosts[0]?.certificate).not.toBe(added.id)
  })

  it('is refused with the reasons when it cannot be served, and given to nobody but owners who are signed in', async () => {
    await using shop = await openCertified(['a.example.org'])
    const wrong = shop.client.call('addCertificate', { body: { pem: 'x' } }, never)
    expect(await caught(wrong)).toMatchObject({ status: 422, code: 'not-a-certificate' })
    const { added } = await bring(shop, ['a.example.org'])
    const params = { certificate: added.id }
    const body = { name: 'ci', role: 'owner' as const, expiresInS: 3_600 }
    const { secret } = await shop.client.call('createToken', { body }, never)
    const program = shop.test.client(secret)
    expect(await caught(program.call('exportCertificate', { params }, never))).toMatchObject({ status: 403 })
    const keeper = shop.test.client(await addPerson(shop.test, { name: 'kim', grants: [{ role: 'maintainer' }] }))
    expect(await caught(keeper.call('exportCertificate', { params }, never))).toMatchObject({ status: 403 })
  })
})
