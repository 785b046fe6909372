import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { knockFrom } from './knock.ts'
import { openLocal } from './open-local.ts'

test('doors that are open and doors that are not, in any order', async () => {
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const open = `127.0.0.1:${(listening.address() as AddressInfo).port}`
  const closed = '127.0.0.1:1'
  await using server = openLocal()
  const knock = (...doors: readonly string[]) => knockFrom(server, doors, AbortSignal.timeout(30_000))
  expect(await knock(open)).toEqual([])
  expect(await knock(closed, open)).toEqual([closed])
  expect(await knock(open, closed)).toEqual([closed])
  expect(await knock()).toEqual([])
  listening.close()
})
