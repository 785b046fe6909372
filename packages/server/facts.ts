/** What was seen of a server at one moment, before anything is done to it. */
export interface ServerFacts {
  readonly hostname: string
  /** `debian 12`, from os-release(5). */
  readonly system: string
  /** True: packages come by apt. */
  readonly hasApt: boolean
  readonly kernel: KernelFacts
  readonly memoryBytes: number
  /** Of the file system that holds, or will hold, /var/lib/docker. */
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number }
  readonly clock: ClockFacts
  readonly listening: readonly ListeningPort[]
  /** IPv4, without loopback and without the bridges of an engine. */
  readonly addresses: readonly ServerAddress[]
  readonly resolvesNames: boolean
  /** What dpkg says is not whole; empty when all is. */
  readonly brokenPackages: readonly string[]
  readonly engine: EngineFacts
  readonly hasServiceManager: boolean
}

export interface KernelFacts {
  readonly release: string
  readonly hasOverlay: boolean
  readonly hasVxlan: boolean
  readonly hasCgroups: boolean
}

export interface ClockFacts {
  /** The server's minus ours. */
  readonly aheadMs: number
  /** By so much that may be wrong: half of the time the question took. */
  readonly uncertainMs: number
}

export interface ListeningPort {
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
}

export interface ServerAddress {
  readonly device: string
  readonly address: string
  /** Of the ranges that are never on the internet: RFC 1918, RFC 6598. */
  readonly isPrivate: boolean
}

export type EngineFacts =
  | { readonly kind: 'absent' }
  /** Installed, and nobody answers at its socket. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'answering'; readonly version: string; readonly swarm: SwarmFacts }

export type SwarmFacts =
  | { readonly kind: 'none' }
  /** `clusterId`: managers know it, workers do not. `state`: `active`, `pending`, `error`, `locked`. */
  | {
      readonly kind: 'member'
      readonly state: string
      readonly nodeId: string
      readonly isManager: boolean
      readonly address: string
      readonly clusterId?: string
    }
