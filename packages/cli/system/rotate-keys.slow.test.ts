import { HandedOverError } from '@atoll/deploy'
import type { Context } from '@atoll/deploy'
import type { Stage } from '@atoll/deploy/stage'
import { describe, expect, it } from 'vitest'
import { rotateKeys } from './rotate-keys.ts'
import { findTroubles, openInstalled, rotateOptions } from './test-installed.ts'

class Killed extends Error {}

/** What a deployment writes of its progress is proven where that is. */
const isCounted = (name: string | symbol, [collection]: readonly unknown[]): boolean =>
  name === 'apply' || name === 'remove' || (name === 'put' && collection !== 'deployment')

/** A context whose owner is killed at that call of documents or engine that changes something. */
const killAt = (stage: Stage, { call, isMade }: { readonly call: number; readonly isMade: boolean }) => {
  const died = Promise.withResolvers<never>()
  died.promise.catch(() => undefined)
  let calls = 0
  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name)
        if (typeof verb !== 'function') return verb
        return (...args: unknown[]): unknown => {
          const isChange = isCounted(name, args)
          if (isChange) calls += 1
          if (calls < call) return Reflect.apply(verb, target, args)
          if (calls === call && isMade && isChange) void Reflect.apply(verb, target, args)
          died.reject(new Killed())
          return new Promise(() => undefined)
        }
      },
    })
  const context: Context = stage.createContext('ann', {
    engine: wrap(stage.engine),
    documents: wrap(stage.documents),
  })
  return { context, died: died.promise }
}

const rotateOrDie = async (stage: Stage, when: { readonly call: number; readonly isMade: boolean }) => {
  const { context, died } = killAt(stage, when)
  const work = rotateKeys(context, rotateOptions())
  work.catch(() => undefined)
  return stage.settle(
    Promise.race([work, died]).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Killed || error instanceof HandedOverError) return false
        throw error
      },
    ),
  )
}

describe('killed at any change, and run again', () => {
  it.each([true, false])(
    'comes to the same end; the change itself was made: %s',
    async (isMade) => {
      for (let call = 1; call < 200; call += 1) {
        const world = await openInstalled()
        const isWhole = await rotateOrDie(world.stage, { call, isMade })
        if (!isWhole) await world.stage.settle(rotateKeys(world.stage.createContext('bob'), rotateOptions()))
        expect(await findTroubles(world), `killed at change ${call}`).toEqual([])
        if (isWhole) return
      }
      throw new Error('it never came through')
    },
    600_000,
  )
})
