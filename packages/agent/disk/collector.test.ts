import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Inventory } from '@atoll/engine/swarm'
import { createCollector } from './collector.ts'
import type { CollectingEngine } from './collector.ts'

const live = new AbortController().signal
const dayMs = 86_400_000
const claims = { needed: ['a'], repositories: ['shop/web'] }
const limits = { imageIdleMs: 7 * dayMs, imageBytes: 10e9, imageShare: 0.2 }
let folder: string
let nowMs: number
let inventory: Inventory
let orders: Parameters<CollectingEngine['collect']>[0][]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atoll-collector-'))
  nowMs = 100 * dayMs
  orders = []
  const labels = { 'atoll.app': 'shop' }
  const image = { id: 'i1', tags: [], digests: [], bytes: 1, createdAtMs: 0 }
  const user = { id: 'c1', name: 'c1', imageId: 'i1', state: 'running', labels, createdAtMs: 0 }
  inventory = { images: [image, { ...image, id: 'i2' }], containers: [user] }
})
afterEach(() => rm(folder, { recursive: true }))

const open = () => {
  const engine: CollectingEngine = {
    inventory: async () => inventory,
    collect: async (order) => {
      orders.push(order)
      return { removed: [], left: [] }
    },
    clearCache: async () => [],
  }
  return createCollector({ engine, limits, folder, now: () => nowMs })
}
const collect = (collector = open(), hasBudget = true) => collector.collect({ hasBudget, sizeBytes: 20e9 }, live)

it('hands on what it was told is needed, for a quarter of an hour', async () => {
  const collector = open()
  expect((await collect(collector)).isBlind).toBe(true)
  collector.claim(claims)
  expect((await collect(collector)).isBlind).toBe(false)
  nowMs += 16 * 60_000
  expect((await collect(collector)).isBlind).toBe(true)
  expect(orders.map((order) => order.claims)).toEqual([undefined, claims, undefined])
})

it('takes the smaller of both budgets, and none under pressure', async () => {
  await collect(open(), true)
  await collect(open(), false)
  expect(orders.map(({ budget }) => budget?.bytes)).toEqual([4e9, 0])
  expect(orders.map(({ buildCache }) => buildCache.keepBytes)).toEqual([4e9, 0])
})

it('remembers over a restart who used an image last, and whose it was', async () => {
  await collect()
  inventory = { ...inventory, containers: [] }
  nowMs += 3 * dayMs
  await collect(open())
  const memory = orders.at(-1)?.memory
  expect(memory?.get('i1')).toEqual({ lastUsedAtMs: 100 * dayMs, isOurs: true })
  expect(memory?.get('i2')).toEqual({ lastUsedAtMs: 100 * dayMs, isOurs: false })
})

it('begins anew with a memory nobody understands', async () => {
  await writeFile(join(folder, 'images.json'), '{"i1": 7')
  await collect()
  expect(orders[0]?.memory?.get('i2')).toEqual({ lastUsedAtMs: nowMs, isOurs: false })
})

it('does what is asked for now by what it remembers, and with nothing spared', async () => {
  await collect()
  inventory = { ...inventory, containers: [] }
  await open().prune({ isDryRun: true, claims }, live)
  expect(orders.at(-1)).toMatchObject({ isDryRun: true, claims, buildCache: { keepBytes: 0 } })
  expect(orders.at(-1)).not.toHaveProperty('budget')
  expect(orders.at(-1)?.memory?.get('i1')?.isOurs).toBe(true)
})
