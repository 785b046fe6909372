import { freePort } from '@atoll/ingress/free-port'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createAccountKey, thumbprintOf } from './account.ts'
import type { Issued } from './issue.ts'
import type { Account } from './lego/order.ts'
import { accountsWith, askLego } from './testing/ask-lego.ts'
import { startPebble } from './testing/pebble.ts'
import type { PebbleOptions, TestPebble } from './testing/pebble.ts'
import { startResponder } from './testing/responder.ts'
import { startSlowProxy } from './testing/slow-proxy.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const stack = new AsyncDisposableStack()
const keyPem = createAccountKey()
let httpPort = 0

beforeAll(async () => {
  httpPort = stack.use(await startResponder(thumbprintOf(keyPem), await freePort())).port
})
afterAll(() => stack.disposeAsync())

const open = (options: Partial<PebbleOptions> = {}): Promise<TestPebble> => startPebble({ httpPort, ...options })

const accountOf = accountsWith(keyPem)

const names = ['b.example.org', 'a.example.org']
const ask = (account: Account): Promise<Issued> => askLego(account, names)

/** Names of what was issued, or why nothing was. */
const outcomeOf = (issued: Issued): readonly unknown[] =>
  issued.kind === 'issued' ? issued.chain.facts.names : issued.failures

test.concurrent.each([
  ['rejects every twentieth nonce', { PEBBLE_WFE_NONCEREJECT: '5' }],
  ['rejects every second nonce', { PEBBLE_WFE_NONCEREJECT: '50' }],
  ['takes its time to validate, and reuses proofs at random', { PEBBLE_VA_NOSLEEP: '0', PEBBLE_VA_SLEEPTIME: '4' }],
  ['has a chain of four, and pages of one order', { PEBBLE_CHAIN_LENGTH: '3', PEBBLE_WFE_ORDERS_PER_PAGE: '1' }],
])('an authority that %s gives certificates', async (_what, environment) => {
  await using pebble = await open({ environment })
  expect(outcomeOf(await ask(accountOf(pebble)))).toEqual(['a.example.org', 'b.example.org'])
})

test.concurrent('an authority that wants an account with it first', async () => {
  const hmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
  const config = { externalAccountBindingRequired: true, externalAccountMACKeys: { 'kid-1': hmacKey } }
  await using pebble = await open({ config })
  const bound = accountOf(pebble, { binding: { keyId: 'kid-1', hmacKey } })
  expect(outcomeOf(await ask(bound))).toEqual(['a.example.org', 'b.example.org'])
  const other = accountOf(pebble, { keyPem: createAccountKey() })
  expect(outcomeOf(await ask(other))).toMatchObject([{ kind: 'account', of: 'all' }])
  const wrong = outcomeOf(await ask({ ...other, binding: { keyId: 'kid-2', hmacKey } }))
  expect(wrong).toMatchObject([{ kind: 'account', of: 'all' }])
  expect(JSON.stringify(wrong)).not.toContain(hmacKey)
})

test.concurrent.each(['in seconds', 'as a date'])('an authority that says when to come again, %s', async (how) => {
  await using pebble = await open()
  await using slow = await startSlowProxy(pebble, () =>
    how === 'in seconds' ? '1' : new Date(Date.now() + 1_000).toUTCString(),
  )
  const account = accountOf(pebble, { directory: slow.directory })
  expect(outcomeOf(await ask(account))).toEqual(['a.example.org', 'b.example.org'])
  slow.refuse('too many new orders recently, retry after 2027-01-03T04:05:06Z')
  expect(outcomeOf(await ask(account))).toMatchObject([
    { kind: 'rate-limit', of: 'all', notBeforeMs: Date.UTC(2027, 0, 3, 4, 5, 6) },
  ])
})
