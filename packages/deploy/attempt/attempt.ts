import type { SecretValues } from '@atoll/spec'
import type { Call } from '../context.ts'
import type { Journal } from '../ledger/journal.ts'
import type { Lease } from '../ledger/lease.ts'

/** A deployment in our hands: the lease that makes it ours, the journal it is kept in, what it needs beside the release. */
export interface Attempt {
  /** Its signal ends with the lease too. */
  readonly call: Call
  readonly lease: Lease
  readonly journal: Journal
  readonly secrets: SecretValues
}
