import { openStage } from '@atoll/deploy/stage'
import { readVips } from '@atoll/server/vips'
import type { Vip } from '@atoll/server/vips'
import { expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { addPerson, openTestControl } from '../test-control.ts'

const never = new AbortController().signal

const vip: Vip = {
  address: '192.0.2.10',
  prefixLength: 24,
  routerId: 7,
  isEveryNode: true,
  members: [
    { id: 'a', name: 'node-1', interface: 'eth1', address: '192.0.2.1' },
    { id: 'b', name: 'node-2', interface: 'eth1', address: '192.0.2.2' },
  ],
}
const six: Vip = { ...vip, address: '2001:db8::10', prefixLength: 64, routerId: 8, interface: 'eth1', preferred: 'a' }

it('virtual addresses are written down by owners alone, in the place of those they looked at, and the audit tells', async () => {
  const stage = openStage()
  await using test = await openTestControl(stage)
  const root = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
  const eve = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'maintainer' }] }))
  const change = (vips: readonly Vip[], revision: number, by = root) =>
    by.call('changeVips', { body: { vips }, headers: { 'if-match': `"${revision}"` } }, never)
  expect(await eve.call('getVips', {}, never)).toEqual({ vips: [], revision: 0 })
  await expect(change([vip], 0, eve)).rejects.toMatchObject({ code: 'forbidden' })
  expect(await change([vip], 0)).toEqual({ vips: [vip], revision: 1 })
  await expect(change([six], 0)).rejects.toMatchObject({ status: 412, code: 'changed' })
  await expect(root.call('changeVips', { body: { vips: [] } }, never)).rejects.toMatchObject({ status: 428 })
  expect(await change([vip, six], 1)).toEqual({ vips: [vip, six], revision: 2 })
  expect(await eve.call('getVips', {}, never)).toEqual({ vips: [vip, six], revision: 2 })
  expect(await readVips(stage, never)).toEqual({ vips: [vip, six], revision: 2 })
  const done = (await listAudit(test.control, never)).filter(({ kind }) => kind === 'done')
  expect(done).toMatchObject([
    { action: 'changeVips', by: 'root', before: [vip], after: [vip, six] },
    { action: 'changeVips', by: 'root', before: [], after: [vip] },
  ])
})

it.each<[string, readonly Vip[]]>([
  ['names an address twice', [vip, { ...vip, routerId: 9 }]],
  ['gives two addresses one number', [vip, { ...six, routerId: 7 }]],
  ['has a number that VRRP does not', [{ ...vip, routerId: 256 }]],
  ['has no member', [{ ...vip, members: [] }]],
  ['is no address', [{ ...vip, address: 'node-1' }]],
  ['would write more than an interface into a file of root', [{ ...vip, interface: 'eth0\n}' }]],
  [
    'would do so by a member',
    [{ ...vip, members: [{ id: 'a', name: 'a', interface: 'e "x"', address: '192.0.2.1' }] }],
  ],
])('a list is refused that %s', async (_what, vips) => {
  await using test = await openTestControl(openStage())
  const root = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
  const change = root.call('changeVips', { body: { vips }, headers: { 'if-match': '"0"' } }, never)
  await expect(change).rejects.toMatchObject({ status: 400 })
  expect(await root.call('getVips', {}, never)).toEqual({ vips: [], revision: 0 })
})
