/** What the Engine API 1.41 takes for services, networks, configs and secrets: the fields Atoll sends, in Docker's words. */

export type Labels = Readonly<Record<string, string>>

export interface ServiceBody {
  readonly Name: string
  readonly Labels: Labels
  readonly TaskTemplate: TaskBody
  readonly Mode: ModeBody
  /** Swarm refuses these two for jobs. */
  readonly UpdateConfig?: UpdateBody
  readonly RollbackConfig?: UpdateBody
  readonly EndpointSpec: EndpointBody
}

export interface TaskBody {
  readonly ContainerSpec: ContainerBody
  readonly Resources: { readonly Limits?: ResourcesBody; readonly Reservations?: ResourcesBody }
  readonly RestartPolicy: {
    readonly Condition: string
    readonly Delay?: number
    readonly MaxAttempts?: number
    readonly Window?: number
  }
  readonly Placement: {
    readonly Constraints?: readonly string[]
    readonly Preferences?: readonly { readonly Spread: { readonly SpreadDescriptor: string } }[]
    readonly MaxReplicas?: number
  }
  readonly LogDriver: { readonly Name: string; readonly Options: Labels }
  readonly Networks: readonly NetworkAttachmentBody[]
  readonly ForceUpdate: number
}

export interface ContainerBody {
  readonly Image: string
  readonly Labels: Labels
  /** The image's ENTRYPOINT. */
  readonly Command?: readonly string[]
  /** The image's CMD. */
  readonly Args?: readonly string[]
  readonly Env?: readonly string[]
  readonly Dir?: string
  readonly User?: string
  readonly Groups?: readonly string[]
  readonly Hostname?: string
  /** `IP HOST`. */
  readonly Hosts?: readonly string[]
  readonly DNSConfig?: {
    readonly Nameservers?: readonly string[]
    readonly Search?: readonly string[]
    readonly Options?: readonly string[]
  }
  readonly Mounts?: readonly MountBody[]
  readonly Configs?: readonly (FileBody & { readonly ConfigID: string; readonly ConfigName: string })[]
  readonly Secrets?: readonly (FileBody & { readonly SecretID: string; readonly SecretName: string })[]
  readonly Healthcheck?: HealthBody
  readonly Init: boolean
  readonly TTY?: boolean
  readonly OpenStdin?: boolean
  readonly ReadOnly?: boolean
  readonly StopSignal?: string
  readonly StopGracePeriod?: number
  readonly CapabilityAdd?: readonly string[]
  readonly CapabilityDrop?: readonly string[]
  readonly Sysctls?: Labels
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[]
  readonly Isolation?: string
  readonly Privileges?: { readonly NoNewPrivileges?: boolean; readonly SELinuxContext?: { readonly Disable: boolean } }
}

export interface MountBody {
  readonly Type: string
  readonly Source?: string
  readonly Target: string
  readonly ReadOnly?: boolean
  readonly BindOptions?: { readonly Propagation: string }
  readonly VolumeOptions?: {
    readonly NoCopy?: boolean
    readonly Labels?: Labels
    readonly DriverConfig?: { readonly Name: string; readonly Options?: Labels }
  }
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number }
}

export interface FileBody {
  readonly File: { readonly Name: string; readonly UID: string; readonly GID: string; readonly Mode: number }
}

/** Times in nanoseconds. */
export interface HealthBody {
  readonly Test?: readonly string[]
  readonly Interval?: number
  readonly Timeout?: number
  readonly StartPeriod?: number
  /** Kept by engines from API 1.44 on. */
  readonly StartInterval?: number
  readonly Retries?: number
}

export interface ResourcesBody {
  readonly NanoCPUs?: number
  readonly MemoryBytes?: number
  readonly Pids?: number
  readonly GenericResources?: readonly {
    readonly DiscreteResourceSpec: { readonly Kind: string; readonly Value: number }
  }[]
}

export interface NetworkAttachmentBody {
  readonly Target: string
  readonly Aliases: readonly string[]
  readonly DriverOpts?: Labels
}

export type ModeBody =
  | { readonly Replicated: { readonly Replicas: number } }
  | { readonly Global: Readonly<Record<string, never>> }

export interface UpdateBody {
  readonly Parallelism: number
  readonly Delay: number
  readonly FailureAction: string
  readonly Monitor: number
  readonly MaxFailureRatio: number
  readonly Order: string
}

export interface EndpointBody {
  readonly Mode: 'dnsrr' | 'vip'
  readonly Ports?: readonly {
    readonly Protocol: string
    readonly TargetPort: number
    readonly PublishedPort?: number
    readonly PublishMode: string
  }[]
}

export interface NetworkBody {
  readonly Name: string
  readonly CheckDuplicate: true
  readonly Driver: string
  readonly Attachable: boolean
  readonly Internal: boolean
  readonly Options: Labels
  readonly Labels: Labels
  readonly IPAM?: {
    readonly Driver?: string
    readonly Config: readonly { readonly Subnet?: string; readonly Gateway?: string; readonly IPRange?: string }[]
  }
}

/** A config or a secret. */
export interface StoredFileBody {
  readonly Name: string
  readonly Labels: Labels
  /** Base64. */
  readonly Data: string
  readonly Templating?: { readonly Name: string }
}
