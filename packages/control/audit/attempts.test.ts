import { openStage } from '@atoll/deploy/stage'
import { describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { addPerson, caught, openTestControl } from '../test-control.ts'
import { createAttempts } from './attempts.ts'
import { listAudit } from './audit.ts'

const never = new AbortController().signal

describe('what was refused', () => {
  it('is written down with who, what and where from: signing in, a secret that is none, a role that is missing', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const eve = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'viewer' }] }))
    const body = { name: 'root', password: 'guess' }
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await caught(test.client().call('signIn', { body }, never))).toMatchObject({ status: 401 })
    }
    await caught(test.client('atoll_t_none').call('listApps', {}, never))
    await caught(test.client().call('listApps', {}, never))
    await caught(eve.call('listPeople', {}, never))
    const params = { app: 'shop', environment: 'test' }
    await caught(eve.call('startDeployment', { params, body: { kind: 'restart', services: [] } }, never))
    await test.control.attempts.write(never)
    const from = { kind: 'failed', address: '127.0.0.1' }
    expect((await listAudit(test.control, never)).toReversed()).toMatchObject([
      { ...from, by: 'root', action: 'signIn', code: 'wrong-password', times: 3 },
      { ...from, by: '', action: 'listApps', code: 'unauthenticated' },
      { ...from, by: 'eve', action: 'listPeople', code: 'forbidden' },
      { ...from, by: 'eve', action: 'startDeployment', subject: 'shop/test', code: 'forbidden' },
    ])
    await test.control.attempts.write(never)
    expect(await listAudit(test.control, never)).toHaveLength(4)
  })

  it('takes little room in a flood, and is counted whole', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const attempts = createAttempts(test.control)
    const minutes = 60
    for (let minute = 0; minute < minutes; minute += 1) {
      for (let each = 0; each < 1_000; each += 1) {
        const code = 'wrong-password'
        attempts.note({ by: `n${each}`, action: 'signIn', subject: '', address: `10.0.${minute}.${each}`, code })
      }
      await attempts.write(never)
      await stage.pass(60_000)
    }
    // The last of it finds room later.
    await stage.pass(limits.attempts.everyMs)
    await attempts.write(never)
    const entries = await listAudit(test.control, never)
    const { atOnce, everyMs } = limits.attempts
    expect(entries.length).toBeLessThanOrEqual(atOnce + ((minutes + 6) * 60_000) / everyMs)
    const counted = entries.reduce((sum, { times = 1 }) => sum + times, 0)
    expect(counted).toBe(minutes * 1_000)
  })

  it('stays counted while it cannot be written', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    let isAway = true
    const put: typeof stage.documents.put = (...write) =>
      isAway ? Promise.reject(new Error('no leader')) : stage.documents.put(...write)
    const attempts = createAttempts({ ...test.control, documents: { ...stage.documents, put } })
    attempts.note({ by: 'eve', action: 'signIn', subject: '', address: '::1', code: 'wrong-password' })
    await attempts.write(never)
    isAway = false
    await attempts.write(never)
    expect(await listAudit(test.control, never)).toMatchObject([{ by: 'eve' }])
  })
})
