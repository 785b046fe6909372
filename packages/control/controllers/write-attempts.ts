import type { Attempts } from '../audit/attempts.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/** Every control writes down what it refused, and what it counted last when it stops. */
export const writeAttempts = async (world: World, attempts: Attempts, signal: AbortSignal): Promise<void> => {
  const look = (ended: AbortSignal): Promise<void> => attempts.write(ended)
  await runLoop(world, { name: 'write attempts', everyMs: limits.attempts.lookMs, isOnEvery: true, look }, signal)
  await attempts.write(AbortSignal.timeout(limits.attempts.lastMs))
}
