import { issue } from '../issue.ts'
import type { Issued } from '../issue.ts'
import type { Account } from '../lego/order.ts'
import type { TestPebble } from './pebble.ts'

/** Accounts with this key, of authorities of tests. */
export const accountsWith =
  (keyPem: string) =>
  ({ directory, rootPem }: TestPebble, more: Partial<Account> = {}): Account => ({
    directory,
    rootPem,
    mail: 'ann@example.org',
    keyPem,
    ...more,
  })

/** Has a certificate issued by the program of Debian. */
export const askLego = (
  account: Account,
  names: readonly string[],
  challenge: 'http' | 'dns' = 'http',
): Promise<Issued> =>
  issue(
    { names, challenge },
    { account, program: '/usr/bin/lego', nowMs: Date.now, signal: AbortSignal.timeout(150_000) },
  )
