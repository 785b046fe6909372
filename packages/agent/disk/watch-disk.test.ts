import { beforeEach, describe, expect, it } from 'vitest'
import type { ImageClaims } from '@atoll/engine'
import type { Collector } from './collector.ts'
import type { Reserve } from './reserve.ts'
import { createDiskKeeper } from './watch-disk.ts'
import type { DiskKeeper } from './watch-disk.ts'

const live = new AbortController().signal
const minuteMs = 60_000
let world: {
  nowMs: number
  usedShare: number
  isHeld: boolean
  done: string[]
  said: string[]
  isBlind: boolean
  noticed: number
}
let keeper: DiskKeeper

beforeEach(() => {
  world = { nowMs: 0, usedShare: 0.5, isHeld: false, done: [], said: [], isBlind: false, noticed: 0 }
  const collector: Collector = {
    claim: (claims: ImageClaims) => void world.done.push(`claim ${claims.needed.length}`),
    notice: async () => void (world.noticed += 1),
    collect: async ({ hasBudget }) => {
      world.done.push(hasBudget ? 'within the budget' : 'all')
      return { removed: [], isBlind: world.isBlind }
    },
    clearCache: async () => {
      world.done.push('cache')
      return []
    },
    prune: async () => ({ removed: [], left: [] }),
  }
  const reserve: Reserve = {
    bytes: 100,
    isHeld: () => world.isHeld,
    find: async () => undefined,
    take: async () => (world.isHeld = true),
    giveUp: async () => void (world.isHeld = false),
  }
  const measure = async () => ({ sizeBytes: 1_000, freeBytes: 1, usedShare: world.usedShare, scarce: 'bytes' }) as const
  const say = (message: string): void => void world.said.push(message)
  keeper = createDiskKeeper({ measure, collector, reserve, now: () => world.nowMs, say })
})

const lookAt = async (usedShare: number, afterMs = 0): Promise<readonly string[]> => {
  world.usedShare = usedShare
  world.nowMs += afterMs
  world.done = []
  await keeper.look(live)
  await keeper.tidy(live)
  return world.done
}

describe('the ladder', () => {
  it('collects within the budget once an hour while there is room', async () => {
    expect(await lookAt(0.5)).toEqual([])
    expect(await lookAt(0.5, 61 * minuteMs)).toEqual(['within the budget'])
    expect(await lookAt(0.5, minuteMs)).toEqual([])
  })

  it('gives up the cache of builds first, then images, and not without pause', async () => {
    expect(await lookAt(0.79)).toEqual([])
    expect(await lookAt(0.8)).toEqual(['cache'])
    expect(await lookAt(0.85)).toEqual(['all'])
    expect(await lookAt(0.86, minuteMs)).toEqual([])
    expect(await lookAt(0.86, 10 * minuteMs)).toEqual(['all'])
  })

  it('notices who uses which image, whatever else it does', async () => {
    for (const share of [0.5, 0.8, 0.9]) await lookAt(share, 6 * minuteMs)
    expect(world.noticed).toBe(3)
    await lookAt(0.5, minuteMs)
    expect(world.noticed).toBe(3)
  })

  it('says so when images stay because nobody told which are needed', async () => {
    world.isBlind = true
    await lookAt(0.85)
    expect(world.said.join()).toContain('no control has told')
  })

  it('holds room, gives it up last, and takes it again when there is some', async () => {
    await lookAt(0.5)
    expect(keeper.read()?.reserve).toEqual({ bytes: 100, isHeld: true })
    await lookAt(0.97)
    expect(world.isHeld).toBe(true)
    await lookAt(0.98)
    expect(keeper.read()?.reserve?.isHeld).toBe(false)
    await lookAt(0.95)
    expect(world.isHeld).toBe(false)
    await lookAt(0.89)
    expect(world.isHeld).toBe(true)
    expect(world.said.filter((message) => message.includes('given up'))).toHaveLength(1)
  })
})

it('tells when the disk will be full, once it has seen enough', async () => {
  for (let minute = 0; minute < 70; minute++) await lookAt(0.5 + minute / 1_000, minuteMs)
  expect(keeper.read()?.forecast?.bytesPerHour).toBeCloseTo(60, 3)
})
