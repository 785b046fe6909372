import { expect, test } from 'vitest'
import { renderString } from '../spop/values.ts'
import type { Counted } from './count-copies.ts'
import { takeCopies } from './take-copies.ts'

const order = { to: 'shop.production.next.mirror-1', app: 'shop/production', service: 'next', route: 'a.example.org/' }
const headers = Buffer.concat(['', ''].map(renderString))
const values = { order: JSON.stringify(order), lost: 0, method: 'GET', version: '1.1', uri: '/', headers, body: null }
const never = new AbortController().signal

const open = () => {
  const did: string[] = []
  const noted: (readonly [Counted, number | undefined])[] = []
  const answer = takeCopies({
    sender: {
      send: async ({ to }, { method, path }) => {
        did.push(`${method} ${path} to ${to}`)
        return new Promise(() => undefined)
      },
      [Symbol.dispose]: () => undefined,
    },
    counter: { note: (_, what, count) => noted.push([what, count]), [Symbol.dispose]: () => undefined },
    log: (line) => did.push(line),
  })
  return { did, noted, answer }
}

test('HAProxy is answered before anything is sent, however long that takes', async () => {
  const { did, answer } = open()
  expect(await answer({ name: 'copy', values }, never)).toEqual({ heard: true })
  expect(did).toEqual([])
  await expect.poll(() => did).toEqual([`GET / to ${order.to}`])
})

test('what is not whole is not sent, and what was lost before is counted', async () => {
  const { did, noted, answer } = open()
  await answer({ name: 'copy', values: { ...values, lost: 7, version: '2.0', method: 'POST' } }, never)
  await expect
    .poll(() => noted)
    .toEqual([
      ['dropped', 7],
      ['cut', undefined],
    ])
  expect(did).toEqual([])
})

test('what is no request is said, and the next is taken', async () => {
  const { did, answer } = open()
  await answer({ name: 'copy', values: { ...values, order: '{' } }, never)
  await answer({ name: 'copy', values }, never)
  await expect.poll(() => did.length).toBe(2)
  expect(did).toEqual([expect.stringMatching(/^take a copy: /), `GET / to ${order.to}`])
})
