import { expect, it } from 'vitest'
import { rotateKeys } from './rotate-keys.ts'
import { findTroubles, openInstalled, rotateOptions } from './test-installed.ts'

it('all that is sealed opens all the time, and with the new key alone in the end', async () => {
  const world = await openInstalled()
  const steps: string[] = []
  const rotated = await world.stage.settle(rotateKeys(world.stage.createContext('ann'), rotateOptions(steps)))
  expect(rotated.sealed).toBeGreaterThan(0)
  expect(steps.length).toBeGreaterThanOrEqual(5)
  expect(await findTroubles(world)).toEqual([])
})
