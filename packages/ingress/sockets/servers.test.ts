import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Backend, Slot } from '../table.ts'
import { keepPlaces, parseSlots, renderCommands, type RunningSlots } from './servers.ts'

/** As HAProxy 2.6 prints it: one that runs, an empty one, one that drains. */
const reply = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 b 1 web-1 10.0.0.1 2 4 256 256 1 8 2 0 6 0 0 0 - 80 - 0 0 - - 0
3 b 2 web-2 0.0.0.0 0 5 256 256 0 8 2 0 6 0 0 0 - 80 - 0 0 - - 0
3 b 3 web-3 10.0.0.3 2 8 0 256 0 8 2 0 6 0 0 0 - 80 - 0 0 - - 0

`
const running = parseSlots(reply)

test('slots are read', () => {
  expect([...running]).toEqual([
    ['b/web-1', { address: '10.0.0.1', port: 80, state: 'ready', weight: 256 }],
    ['b/web-2', { address: '0.0.0.0', port: 80, state: 'maint', weight: 256 }],
    ['b/web-3', { address: '10.0.0.3', port: 80, state: 'drain', weight: 0 }],
  ])
})

const slot = (at: number, address: string, state: Slot['state'] = 'ready'): Slot => ({
  name: `web-${at}`,
  service: 'web',
  address,
  port: 80,
  state,
  weight: 256,
})
const backend = (...slots: readonly Slot[]): Backend => ({
  kind: 'route',
  name: 'b',
  app: 'shop',
  environment: 'production',
  service: 'web',
  route: 'a/',
  slots,
})

describe('commands', () => {
  test('are none where all is as it should be', () => {
    const wanted = backend(slot(1, '10.0.0.1'), slot(2, '10.0.0.3', 'drain'), slot(3, '0.0.0.0', 'maint'))
    expect(renderCommands([wanted], running)).toEqual([])
  })

  test('change only who comes and who goes', () => {
    const wanted = backend(slot(1, '10.0.0.2'), slot(2, '10.0.0.3'), slot(3, '0.0.0.0', 'maint'))
    expect(renderCommands([wanted], running)).toEqual([
      'set server b/web-1 addr 10.0.0.2 port 80',
      'set server b/web-3 weight 256',
      'set server b/web-3 state ready',
    ])
    const fewer = backend(slot(1, '0.0.0.0', 'maint'), slot(2, '0.0.0.0', 'maint'), slot(3, '0.0.0.0', 'maint'))
    expect(renderCommands([fewer], running)).toEqual([
      'set server b/web-1 state maint',
      'set server b/web-3 state maint',
    ])
  })

  test('drain who still answers', () => {
    const wanted = backend(slot(1, '10.0.0.1', 'drain'), slot(2, '10.0.0.4'), slot(3, '10.0.0.3', 'drain'))
    expect(renderCommands([wanted], running)).toEqual([
      'set server b/web-1 state drain',
      'set server b/web-2 addr 10.0.0.4 port 80',
      'set server b/web-2 state ready',
    ])
  })
})

test('every task has one place, and keeps the one it has', () => {
  const addresses = fc.uniqueArray(fc.constantFrom('1', '2', '3', '4', '5', '6'), { maxLength: 4 })
  const slotsWith = (list: readonly string[]): readonly Slot[] =>
    Array.from({ length: 4 }, (_, at) => slot(at, list[at] ?? '0.0.0.0', list[at] === undefined ? 'maint' : 'ready'))
  fc.assert(
    fc.property(addresses, addresses, (before, after) => {
      const now: RunningSlots = new Map(slotsWith(before).map((each) => [`b/${each.name}`, each]))
      const placed = keepPlaces(backend(...slotsWith(after)), now)
      const taken = placed.filter(({ state }) => state === 'ready').map(({ address }) => address)
      expect(taken.toSorted()).toEqual(after.toSorted())
      const stayed = before.filter((address) => after.includes(address))
      expect(stayed.map((address) => placed[before.indexOf(address)]?.address)).toEqual(stayed)
    }),
  )
})
