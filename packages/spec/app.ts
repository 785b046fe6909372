import type { Route } from './route.ts'

/**
 * An app as Atoll deploys it: one environment of a compose file, every default filled in, engine-neutral.
 * It is plain JSON (a release is kept as a document), its lists are sorted by name where order means nothing.
 */
export interface App {
  /** Compose project name, `[a-z0-9][a-z0-9_-]*`. */
  readonly name: string
  /** `production`, `staging`, ...: `[a-z0-9][a-z0-9-]*`. */
  readonly environment: string
  readonly services: readonly Service[]
  readonly networks: readonly Network[]
  readonly volumes: readonly Volume[]
  readonly configs: readonly StoredFile[]
  readonly secrets: readonly StoredFile[]
  /** `x-atoll: {drift: repair}`: the platform undoes what is changed behind it. Absent: it is only shown. */
  readonly drift?: 'repair'
  /** `x-atoll: {team: web}`: the team of the platform it joins. */
  readonly team?: string
  /** `x-atoll.routes` of its services, the most specific first. Absent: it has none. */
  readonly routes?: readonly Route[]
}

/** One service of an app. `name` is the compose key; `engineName` is what the engine knows it by. */
export interface Service {
  readonly name: string
  /** `APP_ENVIRONMENT_SERVICE`. */
  readonly engineName: string
  /** Reference as written, or with its digest (`name:tag@sha256:...`) once resolved. Empty when only `build` is given. */
  readonly image: string
  /** Gone once the image is built and `image` is its digest. */
  readonly build?: Build
  /** Compose `entrypoint`; overrides the image's ENTRYPOINT. */
  readonly entrypoint?: readonly string[]
  /** Compose `command`; overrides the image's CMD. */
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Variables named without a value that nobody set: taken away even when the image has them. Sorted. */
  readonly unsetVariables?: readonly string[]
  readonly user?: string
  readonly groups: readonly string[]
  readonly workingDir?: string
  readonly hostname?: string
  /** `HOST:IP` lines of compose's extra_hosts, canonical. */
  readonly extraHosts: readonly string[]
  readonly dns: {
    readonly servers: readonly string[]
    readonly search: readonly string[]
    readonly options: readonly string[]
  }
  /** Labels of containers (compose `labels`). */
  readonly labels: Readonly<Record<string, string>>
  /** Labels of the service itself (compose `deploy.labels`). */
  readonly serviceLabels: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  readonly configs: readonly FileReference[]
  readonly secrets: readonly FileReference[]
  readonly networks: readonly NetworkAttachment[]
  readonly ports: readonly Port[]
  readonly healthcheck?: Healthcheck
  readonly init: boolean
  readonly readOnly: boolean
  readonly tty: boolean
  readonly stdinOpen: boolean
  readonly stopSignal?: string
  readonly stopGraceMs?: number
  readonly capAdd: readonly string[]
  readonly capDrop: readonly string[]
  /** Compose `security_opt: [no-new-privileges]`; kept by engines from API 1.44 on. */
  readonly noNewPrivileges?: boolean
  /** Compose `security_opt: [label:disable]`. */
  readonly isSeLinuxDisabled?: boolean
  readonly sysctls: Readonly<Record<string, string>>
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[]
  readonly isolation?: string
  readonly resources: { readonly limits: Resources; readonly reservations: Resources }
  readonly placement: Placement
  readonly mode: Mode
  readonly restart: RestartPolicy
  readonly update: UpdatePolicy
  readonly rollback: UpdatePolicy
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> }
  /** Sorted by service; ordered by Atoll, not by the engine. */
  readonly dependsOn: readonly Dependency[]
  /** Raised by `atoll restart`: the same definition, new tasks. */
  readonly generation: number
}

export interface Dependency {
  readonly service: string
  readonly condition: 'started' | 'healthy' | 'completed'
  readonly isRequired: boolean
  /** Compose `restart: true`: the dependent is restarted when the dependency changes. */
  readonly restarts: boolean
}

/** `once`: runs to completion at each release (a Swarm job); what `service_completed_successfully` waits for. */
export type Mode =
  | { readonly kind: 'replicated'; readonly replicas: number }
  | { readonly kind: 'global' }
  | { readonly kind: 'once'; readonly completions: number; readonly concurrency: number }
  | { readonly kind: 'once-per-node' }

export interface RestartPolicy {
  readonly condition: 'none' | 'on-failure' | 'any'
  readonly delayMs?: number
  /** Absent: without end. */
  readonly maxAttempts?: number
  readonly windowMs?: number
}

export interface UpdatePolicy {
  /** 0: all at once. */
  readonly parallelism: number
  readonly delayMs: number
  readonly monitorMs: number
  readonly maxFailureRatio: number
  readonly order: 'start-first' | 'stop-first'
  readonly failureAction: 'rollback' | 'pause' | 'continue'
}

export interface Resources {
  /** Billionths of a processor: 0.5 processors are 500,000,000. */
  readonly nanoCpus?: number
  readonly memoryBytes?: number
  /** Limits only. */
  readonly pids?: number
  /** Reservations only. */
  readonly generic?: readonly { readonly kind: string; readonly value: number }[]
}

export interface Placement {
  /** The engine's own expressions: `node.labels.zone==ams3`. */
  readonly constraints: readonly string[]
  /** Spread over these, outermost first: `node.labels.zone`. */
  readonly spread: readonly string[]
  /** 0: no maximum. */
  readonly maxPerNode: number
}

export type Mount =
  | {
      readonly kind: 'volume'
      /** The key in App.volumes. */
      readonly volume: string
      /** The volume itself, so that a service is complete without its app. */
      readonly definition: Volume
      readonly target: string
      readonly isReadOnly: boolean
      readonly noCopy: boolean
    }
  | { readonly kind: 'anonymous'; readonly target: string; readonly isReadOnly: boolean; readonly noCopy: boolean }
  | {
      readonly kind: 'bind'
      readonly source: string
      readonly target: string
      readonly isReadOnly: boolean
      readonly propagation?: string
    }
  | {
      readonly kind: 'tmpfs'
      readonly target: string
      readonly isReadOnly: boolean
      readonly sizeBytes?: number
      readonly mode?: number
    }
  | { readonly kind: 'npipe'; readonly source: string; readonly target: string; readonly isReadOnly: boolean }

/** How a service sees a config or secret: `name` is the key in App.configs or App.secrets. */
export interface FileReference {
  readonly name: string
  /** StoredFile.engineName of it: changes with the content, and so changes the service. */
  readonly engineName: string
  /** Path in the container; of a secret relative to /run/secrets unless absolute. */
  readonly target: string
  readonly uid: string
  readonly gid: string
  /** File mode, e.g. 0o444. */
  readonly mode: number
}

/** `network` is the key in App.networks. */
export interface NetworkAttachment {
  readonly network: string
  /** Network.engineName of it. */
  readonly engineName: string
  readonly aliases: readonly string[]
  readonly driverOptions: Readonly<Record<string, string>>
}

export interface Port {
  readonly target: number
  /** Absent: the engine chooses. */
  readonly published?: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** `host` unless the compose file asks for ingress. */
  readonly mode: 'host' | 'ingress'
}

export interface Healthcheck {
  /** The engine's form: `["CMD-SHELL", "curl -f ..."]`, `["NONE"]`. Empty: keep the image's. */
  readonly test: readonly string[]
  readonly intervalMs?: number
  readonly timeoutMs?: number
  readonly startPeriodMs?: number
  readonly startIntervalMs?: number
  readonly retries?: number
}

export interface Network {
  readonly name: string
  /** `APP_ENVIRONMENT_NETWORK`, or the external network's own name. */
  readonly engineName: string
  readonly isExternal: boolean
  readonly driver: string
  readonly driverOptions: Readonly<Record<string, string>>
  readonly isAttachable: boolean
  readonly isInternal: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly ipam?: {
    readonly driver?: string
    readonly subnets: readonly { readonly subnet?: string; readonly gateway?: string; readonly ipRange?: string }[]
  }
}

export interface Volume {
  readonly name: string
  /** `APP_ENVIRONMENT_VOLUME`, the compose `name:`, or the external volume's own name. */
  readonly engineName: string
  readonly isExternal: boolean
  readonly driver: string
  readonly driverOptions: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

/** A config or a secret. Immutable in the engine, so `engineName` ends in the hash of the content. */
export interface StoredFile {
  readonly name: string
  /** `APP_ENVIRONMENT_NAME_HASH` (64 characters at most), or the external one's own name. */
  readonly engineName: string
  readonly isExternal: boolean
  readonly labels: Readonly<Record<string, string>>
  /** Of a config: base64 of the content. Never set for a secret: its value travels beside the app and is kept by the engine alone. */
  readonly dataBase64?: string
  readonly templateDriver?: string
}

export interface Build {
  /** Absolute path of the folder, or a URL. */
  readonly context: string
  /** Relative to the context. */
  readonly dockerfile: string
  readonly dockerfileInline?: string
  readonly target?: string
  readonly args: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly extraHosts: readonly string[]
  readonly network?: string
  readonly platforms: readonly string[]
  readonly tags: readonly string[]
  readonly isPulling: boolean
  readonly noCache: boolean
}

/** Values of secrets by `engineName`; they stand beside the App, never in it. */
export type SecretValues = Readonly<Record<string, Uint8Array>>
