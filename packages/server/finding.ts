/** Something about a server that stands in the way, can be mended, or should be known. */
export interface Finding {
  /** `refuses`: nothing goes on before somebody has done something. `mendable`: we do it. `notice`: it works as it is. */
  readonly kind: 'refuses' | 'mendable' | 'notice'
  /** What it is about, for programs: `memory`, `swarm`. */
  readonly about: string
  /** What is so, in a line. */
  readonly message: string
  /** Why it matters. */
  readonly why: string
  /** What to do, or what we do. */
  readonly remedy: string
}

export const isRefusing = ({ kind }: Finding): boolean => kind === 'refuses'
