import type { StaticSite } from '@atoll/spec'

/** Brings static files to every node that serves them. */
export interface SiteBringer {
  /** Resolves when each node has them or has said why not; gives those. Throws nothing but the signal's reason. */
  bring(sites: readonly StaticSite[], signal: AbortSignal): Promise<readonly SiteFailure[]>
}

export interface SiteFailure {
  readonly site: StaticSite
  /** Names, sorted. */
  readonly nodes: readonly string[]
  readonly message: string
  /** It is the node that cannot be reached: it gets them by itself once it is back. */
  readonly isPassing: boolean
}
