import { openStage } from '@atoll/deploy/stage'
import { expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { defaultSettings } from '../settings.ts'
import { addPerson, openTestControl } from '../test-control.ts'

const never = new AbortController().signal

it('settings are the defaults until an owner changes some, which the audit tells', async () => {
  await using test = await openTestControl(openStage())
  const root = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
  const eve = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'maintainer' }] }))
  expect(await eve.call('getSettings', {}, never)).toEqual({ ...defaultSettings, streams: { ports: [] } })
  const body = { managers: { graceMs: 120_000 } }
  await expect(eve.call('changeSettings', { body }, never)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(root.call('changeSettings', { body: { managers: { graceMs: 5 } } }, never)).rejects.toMatchObject({
    status: 400,
  })
  expect(await root.call('changeSettings', { body }, never)).toEqual({
    ...defaultSettings,
    streams: { ports: [] },
    managers: { isKept: true, graceMs: 120_000 },
  })
  await root.call('changeSettings', { body: { rebalance: { isAutomatic: true } } }, never)
  expect(await eve.call('getSettings', {}, never)).toEqual({
    managers: { isKept: true, graceMs: 120_000 },
    rebalance: { isAutomatic: true, hours: '' },
    ingress: { trustedProxies: [], isProxyProtocolExpected: false, hasProbes: true },
    streams: { ports: [] },
  })
  const believe = (trustedProxies: readonly string[]) =>
    root.call('changeSettings', { body: { ingress: { trustedProxies } } }, never)
  for (const one of ['0.0.0.0/0', '::/0', 'shop.example.org', '10.0.0.0/33', ''])
    await expect(believe(['10.0.0.1', one])).rejects.toMatchObject({ status: 400 })
  const expectProxies = { body: { ingress: { isProxyProtocolExpected: true } } }
  await expect(root.call('changeSettings', expectProxies, never)).rejects.toMatchObject({ code: 'no-proxies' })
  const proxies = ['10.0.0.0/24', '192.0.2.7', '2001:db8::/32', '2001:db8::1']
  const others = { isProxyProtocolExpected: false, hasProbes: true }
  expect((await believe(proxies)).ingress).toEqual({ trustedProxies: proxies, ...others })
  const changed = await root.call('changeSettings', { body: { ingress: { hasProbes: false } } }, never)
  expect(changed.ingress).toEqual({ trustedProxies: proxies, ...others, hasProbes: false })
  expect((await root.call('changeSettings', expectProxies, never)).ingress.isProxyProtocolExpected).toBe(true)
  await expect(believe([])).rejects.toMatchObject({ code: 'no-proxies' })
  const done = (await listAudit(test.control, never)).filter(({ kind }) => kind === 'done')
  expect(done).toMatchObject([
    { action: 'changeSettings', by: 'root', after: { ingress: { isProxyProtocolExpected: true } } },
    { action: 'changeSettings', by: 'root', after: { ingress: { hasProbes: false } } },
    { action: 'changeSettings', by: 'root', after: { ingress: { trustedProxies: proxies } } },
    { action: 'changeSettings', by: 'root', before: { rebalance: { isAutomatic: false } } },
    { action: 'changeSettings', by: 'root', before: defaultSettings },
  ])
})
