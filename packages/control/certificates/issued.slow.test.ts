import type { IssueFailure } from '@atoll/certificates'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import type { World } from '../control.ts'
import { keepCertificates } from '../controllers/keep-certificates.ts'
import type { Ask } from '../controllers/keep-certificates.ts'
import { openTestControl } from '../test-control.ts'
import { collections } from './records.ts'
import { minuteMs, openCertified, sendApp } from './test-certified.ts'

const never = new AbortController().signal

const failure = (change: Partial<IssueFailure>): IssueFailure => ({
  kind: 'dns',
  of: 'names',
  names: [],
  reason: 'its name leads nowhere',
  ...change,
})

describe('certificates of routes', () => {
  it('are had once for all hosts of an app, and stand in the audit without their keys', async () => {
    await using shop = await openCertified(['a.example.org', 'b.example.org'])
    await shop.stage.pass(minuteMs)
    expect(shop.authority.asked).toEqual([['a.example.org', 'b.example.org']])
    expect(await shop.hosts()).toEqual(['a.example.org served', 'b.example.org served'])
    await shop.stage.pass(30 * minuteMs)
    expect(shop.authority.asked).toHaveLength(1)
    const audit = await listAudit(shop.test.control, never)
    expect(audit[0]).toMatchObject({ action: 'issueCertificate', by: 'atoll@node-1' })
    const told = JSON.stringify([audit, await shop.look(), shop.test.log])
    expect(told).not.toMatch(/PRIVATE KEY|sealed/)
  })

  it('are renewed at two thirds of their life, and what they replace is forgotten', async () => {
    await using shop = await openCertified(['a.example.org'])
    await shop.stage.pass(minuteMs)
    const before = (await shop.look()).certificates[0]
    await shop.stage.pass(61 * minuteMs)
    const { certificates } = await shop.look()
    expect(certificates).toHaveLength(1)
    expect(certificates[0]?.id).not.toBe(before?.id)
    expect(shop.authority.asked).toHaveLength(2)
  })

  it('of one host that fails do not keep back the others, and it is asked for five times an hour at most', async () => {
    await using shop = await openCertified(['a.example.org', 'bad.example.org'])
    shop.authority.state.refuse = ({ names }) =>
      names.includes('bad.example.org') ? [failure({ names: ['bad.example.org'] })] : []
    await shop.stage.pass(minuteMs)
    expect(await shop.hosts()).toEqual(['a.example.org served', 'bad.example.org waiting its name leads nowhere'])
    expect(await shop.status()).toEqual(['bad.example.org has no certificate: its name leads nowhere'])
    await shop.stage.pass(60 * minuteMs)
    const tries = shop.authority.asked.filter((names) => names.includes('bad.example.org'))
    expect(tries.length).toBeGreaterThan(3)
    expect(tries.length).toBeLessThanOrEqual(6)
    shop.authority.state.refuse = () => []
    await shop.stage.pass(60 * minuteMs)
    expect(await shop.hosts()).toEqual(['a.example.org served', 'bad.example.org served'])
    expect(await shop.status()).toEqual([])
  })

  it('cannot be had of an authority in trouble, which is told, and asked again now and then', async () => {
    await using shop = await openCertified(['a.example.org'])
    shop.authority.state.refuse = () => [failure({ of: 'all', kind: 'directory', reason: 'it is not there' })]
    await shop.stage.pass(30 * minuteMs)
    expect((await shop.look()).trouble).toMatchObject({ reason: 'it is not there' })
    expect(shop.authority.asked.length).toBeLessThan(7)
    shop.authority.state.refuse = () => []
    await shop.stage.pass(60 * minuteMs)
    expect(await shop.hosts()).toEqual(['a.example.org served'])
    expect(await shop.look()).not.toHaveProperty('trouble')
  })

  it('are asked for by the leader alone, and not where no authority is set', async () => {
    await using other = await openCertified(['a.example.org'], { node: 1 })
    await other.stage.pass(minuteMs)
    await using unset = await openCertified(['a.example.org'], { isSet: false })
    await unset.stage.pass(minuteMs)
    expect([other.authority.asked, unset.authority.asked]).toEqual([[], []])
    expect(await unset.hosts()).toEqual(['a.example.org unset'])
  })

  it('survive what goes wrong here, which is told', async () => {
    await using shop = await openCertified(['a.example.org'])
    shop.authority.state.refuse = () => {
      throw new Error('no program')
    }
    await shop.stage.pass(minuteMs)
    expect((await shop.look()).trouble).toMatchObject({ reason: 'no program' })
  })

  it('are asked for anew when the control that asked is lost', async () => {
    // Its own control does not lead.
    await using shop = await openCertified(['a.example.org'], { node: 1 })
    await using leader = await openTestControl(shop.stage, { node: 0 })
    const asked = Promise.withResolvers<void>()
    const hang: Ask = (_order, { signal }) => {
      asked.resolve()
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('lost'))))
    }
    const run = (ask: Ask) => {
      const stop = new AbortController()
      const work = keepCertificates(leader.control, ask, stop.signal)
      const end = (): Promise<void> => {
        stop.abort()
        return shop.stage.settle(work)
      }
      return { end }
    }
    const lost = run(hang)
    await asked.promise
    await lost.end()
    expect((await shop.look()).hosts).toMatchObject([{ kind: 'due' }])
    const next = run(shop.authority.ask)
    await shop.stage.pass(minuteMs)
    expect(await shop.hosts()).toEqual(['a.example.org served'])
    await next.end()
  })

  it('that came a moment ago are not asked for again, where the copy of documents has not heard of them', async () => {
    await using shop = await openCertified(['a.example.org'], { node: 1 })
    await using leader = await openTestControl(shop.stage, { node: 0 })
    const { recentDocuments } = leader.control
    const late: World = {
      ...leader.control,
      recentDocuments: {
        ...recentDocuments,
        list: (collection, query, signal) =>
          collection === collections.certificate
            ? Promise.resolve([])
            : recentDocuments.list(collection, query, signal),
      },
    }
    const stop = new AbortController()
    const work = keepCertificates(late, shop.authority.ask, stop.signal)
    await shop.stage.pass(2 * minuteMs)
    stop.abort()
    await shop.stage.settle(work)
    expect(shop.authority.asked).toHaveLength(1)
  })

  it('follow the routes: a host that is new is asked for, one that is gone is not renewed', async () => {
    await using shop = await openCertified(['a.example.org'])
    await shop.stage.pass(minuteMs)
    await sendApp(shop.stage, ['b.example.org'])
    await shop.stage.pass(minuteMs)
    expect(shop.authority.asked).toEqual([['a.example.org'], ['b.example.org']])
    await shop.stage.pass(100 * minuteMs)
    expect((await shop.look()).certificates.map(({ names }) => names)).toEqual([['b.example.org']])
  })
})
