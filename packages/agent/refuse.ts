import { EngineError } from '@atoll/engine'
import type { EnvironmentRef } from '@atoll/engine'
import { isPlatformApp, platformViolation } from './policy.ts'
import { judgeName } from './policy-names.ts'
import type { Violation } from './policy-names.ts'

/** Throws EngineError `refused` when there is a reason to. */
export const refuse = (violation: Violation | undefined, doing: string): void => {
  if (violation === undefined) return
  const { path, message, hint } = violation
  throw new EngineError('refused', `${doing}: ${path}: ${message}; ${hint}`)
}

/** Throws EngineError `refused` for volumes of the platform, whoever is said to have them. */
export const refusePlatformVolume = (ref: EnvironmentRef, engineName: string, doing: string): void => {
  refuse(isPlatformApp(ref) ? platformViolation : judgeName(engineName, `volumes (${engineName})`), doing)
}
