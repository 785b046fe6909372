import type { App, Network, Service, StoredFile, Volume } from '@atoll/spec'
import type { FieldChange } from './observed.ts'

/** One change towards the desired state. Applying one twice is the same as once. */
export type Action =
  | { readonly kind: 'create-network'; readonly network: Network }
  | { readonly kind: 'create-config'; readonly file: StoredFile }
  | { readonly kind: 'create-secret'; readonly file: StoredFile }
  /** Records the node a named volume lives on from now; `service` mounts it. */
  | {
      readonly kind: 'place-volume'
      readonly volume: Volume
      readonly nodeId: string
      readonly nodeName: string
      readonly service: string
    }
  /** `service` is complete: placement holds the pin to its volume's node too. */
  | { readonly kind: 'create-service'; readonly service: Service }
  | {
      readonly kind: 'update-service'
      readonly id: string
      readonly service: Service
      readonly changes: readonly FieldChange[]
    }
  /** The engine cannot change this in place (mode); removed and created anew. */
  | {
      readonly kind: 'replace-service'
      readonly id: string
      readonly service: Service
      readonly changes: readonly FieldChange[]
    }
  /** Nothing is sent: the next actions need this to be true first. */
  | {
      readonly kind: 'await-service'
      readonly service: string
      readonly engineName: string
      readonly condition: 'started' | 'healthy' | 'completed'
    }
  | { readonly kind: 'remove-service'; readonly id: string; readonly engineName: string }
  | { readonly kind: 'remove-network'; readonly id: string; readonly engineName: string }
  | { readonly kind: 'remove-config'; readonly id: string; readonly engineName: string }
  | { readonly kind: 'remove-secret'; readonly id: string; readonly engineName: string }

/** What an environment should be. */
export interface Desired {
  readonly app: App
  /** Number of the release this is. */
  readonly release: number
  /** The release whose jobs have run for this one too, where the two differ in routes alone. */
  readonly jobsOf?: number
  /** Engine names of configs and secrets that earlier releases one can go back to still need. */
  readonly keep: readonly string[]
}

/** Harm a plan would do or meet, told before it is done. */
export interface Warning {
  readonly kind:
    | 'volume-elsewhere'
    | 'volume-shared'
    | 'policy-unmet'
    | 'too-big'
    | 'no-node'
    | 'image-unavailable'
    | 'not-owned'
    /** A network would have to change, which no engine can do. */
    | 'network-fixed'
    /** The subnet of a network has fewer addresses than its tasks take. */
    | 'subnet-full'
    | 'interrupts'
    /** A node would have to take an image it has no room for. */
    | 'disk-full'
    /** Nothing here would answer them. */
    | 'routes-unserved'
  /** Empty when it concerns no single service. */
  readonly service: string
  readonly message: string
  readonly hint?: string
  /** True: a deploy refuses to start unless told to. */
  readonly isBlocking: boolean
}
