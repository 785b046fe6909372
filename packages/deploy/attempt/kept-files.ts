import { limits } from '../limits.ts'
import type { Release } from '../records.ts'

/**
 * Engine names of the configs and secrets of releases one can go back to: the newest, and the one that runs however old it is.
 * `releases` stand newest first.
 */
export const listKeptFiles = (releases: readonly Release[], current: number | undefined): readonly string[] => {
  const kept = releases.filter(({ number }, index) => index < limits.keptReleases || number === current)
  return [...new Set(kept.flatMap(({ app }) => [...app.configs, ...app.secrets].map((file) => file.engineName)))]
}
