import { expect, test } from 'vitest'
import { paceOf } from './check-pace.ts'
import { countConnections } from './config.ts'
import type { Endpoint } from './table.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'

const tableOf = (tasks: number) => {
  const text = '{name: shop, services: {web: {image: x, x-atoll: {routes: [{host: a.example.org, port: 80}]}}}}'
  const web = endpointsAt(...Array.from({ length: tasks }, (_, index) => `10.0.${index >> 8}.${index & 255}`))
  return { environments: [environmentOf(text, { endpoints: { web } })], certificates: [] }
}

test.each([
  [0, 2_000],
  [256, 2_000],
  [257, 4_000],
  [1_000, 8_000],
])('%i tasks are asked every %i ms', (tasks, paceMs) => {
  expect(paceOf(tableOf(tasks))).toBe(paceMs)
})

test('who is asked about the requests of a route is one more to be looked after', () => {
  const routes =
    '[{host: a.example.org, port: 80, forward_auth: {service: auth, port: 90}}, {host: b.example.org, port: 80}]'
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: ${routes}}}, auth: {image: x}}}`
  const auth = endpointsAt(...Array.from({ length: 255 }, (_, index) => `10.0.0.${index}`))
  const paceWith = (web: readonly Endpoint[]) =>
    paceOf({ environments: [environmentOf(text, { endpoints: { web, auth } })], certificates: [] })
  expect(paceWith([])).toBe(2_000)
  expect(paceWith(endpointsAt('10.0.1.1'))).toBe(4_000)
})

test('connections are as many as files may be open for', () => {
  expect(countConnections('Max open files            1024                 4096                 files')).toBe(1_798)
  expect(countConnections('Max open files            1048576              1048576              files')).toBe(20_000)
  expect(countConnections('Max open files            unlimited            unlimited            files')).toBe(20_000)
})
