import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderString } from '../spop/values.ts'
import type { SpopMessage } from '../spop/frames.ts'
import { parseTold } from './parse-copy.ts'

const order = { to: 'shop.production.next.mirror-1', app: 'shop/production', service: 'next', route: 'a.example.org/' }

interface Asked {
  readonly method?: string
  readonly version?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
}

const messageOf = ({ method = 'GET', version = '1.1', headers = [], body = '' }: Asked): SpopMessage => ({
  name: 'copy',
  values: {
    order: JSON.stringify(order),
    lost: 3,
    method,
    version,
    uri: '/a?b',
    headers: Buffer.concat([...headers, ['', '']].flat().map(renderString)),
    body: Buffer.from(body),
  },
})

test.each<readonly [string, Asked, readonly string[] | undefined]>([
  ['no body', {}, []],
  ['a body of its length', { method: 'POST', headers: [['content-length', '2']], body: 'ab' }, ['content-length', '2']],
  ['an empty one', { method: 'POST', headers: [['content-length', '0']] }, ['content-length', '0']],
  ['none of HTTP/1, without a word', { method: 'POST' }, ['content-length', '0']],
  ['a body that is not all there', { method: 'POST', headers: [['content-length', '3']], body: 'ab' }, undefined],
  ['one that nobody knows the length of', { method: 'POST', headers: [['transfer-encoding', 'chunked']] }, undefined],
  ['chunks that are there', { headers: [['transfer-encoding', 'chunked']], body: 'ab' }, undefined],
  ['HTTP/2, which may say nothing of a body', { method: 'POST', version: '2.0' }, undefined],
  ['HTTP/2 that began with one', { method: 'POST', version: '2.0', body: 'a' }, undefined],
  ['HTTP/2 that was waited for', { version: '2.0' }, []],
  ['a body that a GET was not to have', { version: '2.0', body: 'a' }, undefined],
])('%s', (_, asked, headers) => {
  const { order: told, lost, copy } = parseTold(messageOf(asked))
  expect([told, lost]).toEqual([order, 3])
  expect(copy?.headers).toEqual(headers && ['x-atoll-mirror', order.to, ...headers])
  const rest = headers && { path: '/a?b', body: Buffer.from(asked.body ?? '') }
  expect(copy && { path: copy.path, body: copy.body }).toEqual(rest)
})

test('what is of one connection stays behind, and nobody else says where a copy goes', () => {
  const names = ['connection', 'TE', 'upgrade', 'expect', 'keep-alive', 'x-atoll-mirror', 'x-atoll-answered'].map(
    (name) => name.toLowerCase(),
  )
  const headers = [
    ...names.map((name) => [name, 'x'] as const),
    ['host', 'a'],
    ['cookie', 'b'],
    ['cookie', 'c'],
  ] as const
  expect(parseTold(messageOf({ headers })).copy?.headers).toEqual([
    'x-atoll-mirror',
    order.to,
    'host',
    'a',
    'cookie',
    'b',
    'cookie',
    'c',
  ])
})

test('never a cut copy: of a length that was said, all of it or nothing', () => {
  const bodies = fc.record({ body: fc.string({ unit: 'grapheme-ascii', maxLength: 50 }), length: fc.nat(50) })
  fc.assert(
    fc.property(bodies, fc.constantFrom('1.0', '1.1', '2.0'), ({ body, length }, version) => {
      const headers = [['content-length', String(length)]] as const
      const { copy } = parseTold(messageOf({ method: 'PUT', version, headers, body }))
      expect(copy?.body.toString()).toBe(body.length === length ? body : undefined)
    }),
  )
})

test.each([{ order: 1 }, { method: null }, { uri: undefined }, { headers: 'x' }])('%j is no request', (values) => {
  const message = messageOf({})
  expect(() => parseTold({ ...message, values: { ...message.values, ...values } as SpopMessage['values'] })).toThrow(
    /request/,
  )
})
