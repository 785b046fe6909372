import { describe, expect, it } from 'vitest'
import { rotateKeys } from './rotate-keys.ts'
import { findTroubles, openInstalled, rotateOptions } from './test-installed.ts'
import { runOrDie } from './test-killed.ts'

describe('killed at any change, and run again', () => {
  it.each([true, false])(
    'comes to the same end; the change itself was made: %s',
    async (isMade) => {
      for (let call = 1; call < 200; call += 1) {
        const world = await openInstalled()
        const isWhole = await runOrDie(world.stage, { call, isMade }, (context) => rotateKeys(context, rotateOptions()))
        if (!isWhole) await world.stage.settle(rotateKeys(world.stage.createContext('bob'), rotateOptions()))
        expect(await findTroubles(world), `killed at change ${call}`).toEqual([])
        if (isWhole) return
      }
      throw new Error('it never came through')
    },
    600_000,
  )
})
