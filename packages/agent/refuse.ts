import { EngineError } from '@atoll/engine'
import type { EnvironmentRef } from '@atoll/engine'
import { isPlatformApp, platformViolation } from './policy.ts'
import { judgeName } from './policy-names.ts'
import type { Violation } from './policy-names.ts'

/** Throws EngineError `refused` when there is a reason to, with all of them. */
export const refuse = (violations: readonly Violation[], doing: string): void => {
  if (violations.length === 0) return
  const reasons = violations.map(({ path, message, hint }) => `${path}: ${message}; ${hint}`)
  throw new EngineError('refused', `${doing}: ${reasons.join('. ')}`)
}

/** Throws EngineError `refused` for volumes of the platform, whoever is said to have them. */
export const refusePlatformVolume = (ref: EnvironmentRef, engineName: string, doing: string): void => {
  const violation = isPlatformApp(ref) ? platformViolation : judgeName(engineName, `volumes (${engineName})`)
  refuse(violation === undefined ? [] : [violation], doing)
}
