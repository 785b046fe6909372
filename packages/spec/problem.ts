/** Wrong or unsupported input, as data. Lines and columns count from 1; `path` is the file as the person named it. */
export interface Problem {
  /** `error`: nothing is deployed. `warning`: said once, then carried on without harm. */
  readonly severity: 'error' | 'warning'
  /** File the key stands in; empty when the input has no file (a flag, an environment variable). */
  readonly path: string
  readonly line: number
  readonly column: number
  /** The key in the compose file, dotted: `services.web.ports[0]`. */
  readonly key: string
  readonly message: string
  /** What to do instead. */
  readonly hint?: string
}

export const hasErrors = (problems: readonly Problem[]): boolean => problems.some((p) => p.severity === 'error')
