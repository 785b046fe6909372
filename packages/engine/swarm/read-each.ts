import type { z } from 'zod'
import { EngineError } from '../errors.ts'
import type { Api, Call } from './client.ts'
import { readArray } from './read-array.ts'
import { describeFailure } from './reply-error.ts'

/** As long as a reply that is read at once may take. */
const limitMs = 25_000

interface Reading<T> {
  readonly call: Call & { readonly path: string }
  readonly shape: z.ZodType<T>
  readonly signal: AbortSignal
}

/** Hands on the items of a long list one by one, as they come. EngineError as of any other call. */
export const readEach = async <T>(
  api: Api,
  { call, shape, signal }: Reading<T>,
  take: (item: T) => void,
): Promise<void> => {
  const doing = `${call.method} ${call.path}`
  const timer = AbortSignal.timeout(limitMs)
  try {
    for await (const item of readArray(await api.stream(call, AbortSignal.any([signal, timer])))) {
      const parsed = shape.safeParse(item)
      if (!parsed.success) throw notUnderstood(doing, parsed.error)
      take(parsed.data)
    }
  } catch (cause) {
    throw describeFailure({ doing, endpoint: 'the engine' }, timer.aborted ? timer.reason : cause, signal)
  }
}

const notUnderstood = (doing: string, cause: z.ZodError): EngineError =>
  new EngineError('invalid', `${doing}: the engine's reply is not understood; run "atoll doctor"`, { cause })
