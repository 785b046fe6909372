/** Why there is no certificate. */
export interface IssueFailure {
  readonly kind:
    | 'dns'
    | 'caa'
    | 'connection'
    | 'answer'
    | 'rate-limit'
    | 'name'
    | 'account'
    | 'directory'
    | 'provider'
    | 'timeout'
    | 'other'
  /** `names`: these hosts are to blame. `order`: some of them, and it is not known which. `all`: nothing can be had at present. */
  readonly of: 'names' | 'order' | 'all'
  readonly names: readonly string[]
  /** In plain words, with what the authority says; what can be done stands at the end. */
  readonly reason: string
  /** The authority says to come no sooner. */
  readonly notBeforeMs?: number
}

export type FailureKind = IssueFailure['kind']
