import type { EnvironmentRef } from '../engine.ts'

/** Filter values that find what an environment owns. */
export const environmentLabels = (ref: EnvironmentRef): readonly string[] => [
  `atoll.app=${ref.app}`,
  `atoll.environment=${ref.environment}`,
]

/** Ours is what carries both labels; anything else is never touched. */
export const isOwnedBy = (labels: Readonly<Record<string, string>>, ref: EnvironmentRef): boolean =>
  labels['atoll.app'] === ref.app && labels['atoll.environment'] === ref.environment
