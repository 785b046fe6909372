import { HandedOverError } from '@atoll/deploy'
import type { Context } from '@atoll/deploy'
import type { Stage } from '@atoll/deploy/stage'

class Killed extends Error {}

/** Which change of documents or engine is the last, and whether it was still made. */
interface Moment {
  readonly call: number
  readonly isMade: boolean
}

/** What a deployment writes of its progress is proven where that is. */
const isCounted = (name: string | symbol, [collection]: readonly unknown[]): boolean =>
  name === 'apply' || name === 'remove' || (name === 'put' && collection !== 'deployment')

/** For tests: does a work whose owner is killed at that change. Gives whether it came to its end before. */
export const runOrDie = async (
  stage: Stage,
  moment: Moment,
  start: (context: Context) => Promise<unknown>,
): Promise<boolean> => {
  const { context, died } = killAt(stage, moment)
  const work = start(context)
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

const killAt = (stage: Stage, { call, isMade }: Moment) => {
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
