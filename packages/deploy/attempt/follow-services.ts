import type { Call } from '../context.ts'
import type { Verdict } from '../judge/judge.ts'

/** Tells of each service whenever its numbers change, and only then. */
export const followServices = ({ context, onEvent }: Call): ((verdicts: readonly Verdict[]) => void) => {
  const told = new Map<string, string>()
  return (verdicts) => {
    for (const { service, wanted, running, kind } of verdicts) {
      const isConverged = kind === 'converged'
      const key = `${running}/${wanted} ${isConverged}`
      if (told.get(service) === key) continue
      told.set(service, key)
      onEvent({ kind: 'service', atMs: context.clock.now(), service, wanted, running, isConverged })
    }
  }
}
