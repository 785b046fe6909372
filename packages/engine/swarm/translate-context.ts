import type { EnvironmentRef } from '../engine.ts'
import type { Labels } from './bodies.ts'

/** What a body needs besides the definition. */
export interface TranslateContext {
  readonly ref: EnvironmentRef
  readonly release: number
  /** Engine ids by engine name. Without them names are sent: the engine resolves those of networks only. */
  readonly ids?: EngineIds
}

export interface EngineIds {
  readonly networks: Readonly<Record<string, string>>
  readonly configs: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
}

/** On everything Atoll makes; what lacks them is not ours. */
export const environmentLabelsOf = ({ app, environment }: EnvironmentRef): Labels => ({
  'atoll.app': app,
  'atoll.environment': environment,
})
