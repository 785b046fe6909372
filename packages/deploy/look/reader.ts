import type { EnvironmentRef } from '@atoll/engine'
import type { Call, Context } from '../context.ts'
import { limits } from '../limits.ts'

/** Who only looks tells nothing on the way. */
export const toReader = (context: Context, ref: EnvironmentRef, signal: AbortSignal): Call => ({
  context,
  ref,
  signal,
  onEvent: () => {},
  outageMs: limits.readOutageMs,
})
