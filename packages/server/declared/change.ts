import type { Json } from '../json.ts'
import type { WantedFile, WantedMount, WantedUser } from './wanted.ts'

/** One thing that is changed on a server. Each may be done again; a run that ends between two is gone on with by the next. */
export type Change =
  | (Shown & { readonly kind: 'install-packages'; readonly names: readonly string[] })
  | (Shown & { readonly kind: 'remove-packages'; readonly names: readonly string[] })
  | (Shown & { readonly kind: 'create-user'; readonly user: string; readonly wanted: WantedUser })
  | (Shown & { readonly kind: 'change-user'; readonly user: string; readonly wanted: WantedUser })
  | (Shown & { readonly kind: 'remove-user'; readonly user: string })
  | (Shown & { readonly kind: 'set-keys'; readonly user: string; readonly keys: readonly string[] })
  | (Shown & { readonly kind: 'write-file'; readonly path: string; readonly file: WantedFile })
  | (Shown & { readonly kind: 'remove-file'; readonly path: string })
  | (Shown & { readonly kind: 'set-sysctl'; readonly values: Readonly<Record<string, string>> })
  | (Shown & { readonly kind: 'set-zone'; readonly zone: string })
  | (Shown & { readonly kind: 'make-swap'; readonly sizeBytes: number })
  | (Shown & { readonly kind: 'remove-swap' })
  | (Shown & { readonly kind: 'mount'; readonly path: string; readonly mount: WantedMount })
  | (Shown & { readonly kind: 'unmount'; readonly path: string })
  | (Shown & { readonly kind: 'set-docker'; readonly values: Readonly<Record<string, Json>> })
  | (Shown & { readonly kind: 'load-firewall'; readonly rules: readonly string[] })
  | (Shown & { readonly kind: 'remove-firewall' })
  | (Shown & { readonly kind: 'enable-unit'; readonly unit: string })
  | (Shown & { readonly kind: 'tell-unit'; readonly unit: string })

/** How people see it. */
interface Shown {
  /** What is changed: `user ann`, `file /etc/motd`. */
  readonly subject: string
  readonly fields: readonly Field[]
  /** What it does besides, or does not do by itself. */
  readonly note?: string
}

/** One property, old -> new; absent where there is none. */
export interface Field {
  readonly name: string
  readonly before?: string
  readonly after?: string
}

/** What is declared and cannot be had on this server, or not by this tool. */
export interface Finding {
  readonly subject: string
  readonly message: string
  readonly hint: string
}

export interface ServerPlan {
  /** In the order in which they are done. */
  readonly changes: readonly Change[]
  readonly findings: readonly Finding[]
}
