import { expect, test } from 'vitest'
import { createAccessLog } from './access-log.ts'
import type { Backend } from './table.ts'

const backend: Backend = {
  kind: 'route',
  name: 'shop.production.web.00112233aa',
  app: 'shop',
  environment: 'production',
  service: 'web',
  route: 'a.example.org/',
  slots: [
    { name: 'web-1', service: 'web', task: 'task-1', address: '10.0.0.1', port: 80, state: 'ready', weight: 256 },
    { name: 'web-2', service: 'web', address: '0.0.0.0', port: 80, state: 'maint', weight: 256 },
  ],
}

const other: Backend = { ...backend, name: 'farm.production.web.00112233bb', app: 'farm' }

const open = () => {
  const clock = { nowMs: 0 }
  const told: (readonly [string, { readonly app?: string }])[] = []
  const requests = createAccessLog({ log: (event, more) => told.push([event, more]), nowMs: () => clock.nowMs })
  requests.know([backend, other])
  return { clock, told, requests }
}

const line = (change: object = {}, of = backend): string => {
  const ms = { request: 0, queue: 0, connect: 1, response: 12, total: 15 }
  const common = { client: '192.0.2.1', method: 'GET', host: 'a.example.org', path: '/x', status: 200, bytes: 131 }
  const rest = { address: '10.0.0.1', retries: '0', end: '--', id: '-' }
  return `${of.name} ${JSON.stringify({ ...common, ms, ...rest, ...change })}`
}

test('a request is told with whose it is, and which task answered', () => {
  const { told, requests } = open()
  requests.read(line())
  expect(told).toEqual([
    [
      'request',
      {
        app: 'shop',
        environment: 'production',
        service: 'web',
        route: 'a.example.org/',
        client: '192.0.2.1',
        method: 'GET',
        host: 'a.example.org',
        path: '/x',
        status: 200,
        bytes: 131,
        ms: { request: 0, queue: 0, connect: 1, response: 12, total: 15 },
        task: 'task-1',
        address: '10.0.0.1',
        retries: 0,
        end: '--',
      },
    ],
  ])
})

test('what there was not is left out', () => {
  const { told, requests } = open()
  const ms = { request: 0, queue: -1, connect: -1, response: -1, total: 7 }
  requests.read(line({ status: -1, ms, address: '-', retries: '+2', id: 'x-1', reason: '-' }))
  const [[, more] = []] = told
  expect(more).toMatchObject({ ms: { request: 0, total: 7 }, retries: 2, id: 'x-1' })
  expect(Object.keys(more ?? {})).not.toContain('status')
  expect(Object.keys(more ?? {})).not.toContain('task')
  expect(Object.keys(more ?? {})).not.toContain('reason')
})

test('why nobody could be asked about a request is told', () => {
  const { told, requests } = open()
  requests.read(line({ status: 503, reason: 'no answer' }))
  expect(told).toMatchObject([['request', { status: 503, reason: 'no answer' }]])
})

test.each(['web {"client":"x"}', 'Proxy web stopped', '', `${backend.name} {"client":`])('%j is no request', (text) => {
  const { told, requests } = open()
  requests.read(text)
  expect(told).toEqual([])
})

test('a flood is told of fifty a second, and then how many there were besides', () => {
  const { clock, told, requests } = open()
  for (let at = 0; at < 1_000; at += 1) requests.read(line({}, at % 2 === 0 ? backend : other))
  expect(told).toHaveLength(50)
  clock.nowMs = 1_000
  requests.read(line())
  expect(told.slice(50).map(([event]) => event)).toEqual(['requests not logged', 'request'])
  expect(told[50]).toEqual(['requests not logged', { count: 950 }])
  clock.nowMs = 2_000
  requests.read(line())
  expect(told).toHaveLength(53)
})

test('a flood of one route leaves a place for the others', () => {
  const { told, requests } = open()
  for (let at = 0; at < 1_000; at += 1) requests.read(line())
  expect(told).toHaveLength(40)
  for (let at = 0; at < 1_000; at += 1) requests.read(line({}, other))
  expect(told.slice(40).map(([, { app }]) => app)).toEqual(Array.from({ length: 10 }, () => 'farm'))
})
