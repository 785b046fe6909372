import { z } from 'zod'

/** Replies of the Engine API as far as we read them; foreign shapes stop here. Fields that Go leaves out when empty are optional. */

const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {})
export const list = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? [])
/** RFC 3339 with nanoseconds -> milliseconds since 1970; Go's zero time (year 1) -> 0. */
const time = z.string().transform((text) => Math.max(0, Date.parse(text) || 0))
/** Zero is left out. */
const version = z.object({ Index: z.number().default(0) })
const meta = { ID: z.string(), Version: version, CreatedAt: time, UpdatedAt: time }

export const versionReply = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  MinAPIVersion: z.string().optional(),
})
export type VersionReply = z.infer<typeof versionReply>

export const infoReply = z.object({
  Name: z.string(),
  ServerVersion: z.string(),
  SystemTime: time,
  DockerRootDir: z.string(),
  Swarm: z.object({
    NodeID: z.string(),
    LocalNodeState: z.string(),
    ControlAvailable: z.boolean(),
    Error: z.string().optional(),
  }),
})

/** As a node says it that may have no manager to ask. */
export const recoveryInfoReply = z.object({
  Name: z.string(),
  Swarm: z.object({
    NodeID: z.string(),
    NodeAddr: z.string(),
    LocalNodeState: z.string(),
    ControlAvailable: z.boolean(),
    RemoteManagers: list(z.object({ NodeID: z.string(), Addr: z.string() })),
  }),
})

export const swarmReply = z.object({ JoinTokens: z.object({ Worker: z.string() }) })
export const votersReply = list(z.object({ ManagerStatus: z.object({ Reachability: z.string() }).nullish() }))

export const managersReply = z.object({ Swarm: z.object({ RemoteManagers: list(z.object({ NodeID: z.string() })) }) })

/** Kept as the engine sends it: a task's is compared with its service's. */
const taskTemplate = z.looseObject({
  ContainerSpec: z
    .looseObject({ Image: z.string().optional(), Labels: z.record(z.string(), z.string()).nullish() })
    .optional(),
})

export const serviceReply = z.object({
  ...meta,
  Spec: z.looseObject({ Name: z.string(), Labels: labels, TaskTemplate: taskTemplate }),
  UpdateStatus: z
    .object({
      State: z.string().optional(),
      Message: z.string().optional(),
      StartedAt: time.optional(),
      CompletedAt: time.optional(),
    })
    .optional(),
})
export type ServiceReply = z.infer<typeof serviceReply>
export const servicesReply = list(serviceReply)

export const taskReply = z.object({
  ...meta,
  ServiceID: z.string().optional(),
  Slot: z.number().optional(),
  NodeID: z.string().optional(),
  Spec: taskTemplate,
  Status: z.object({
    Timestamp: time,
    State: z.string(),
    Message: z.string().optional(),
    Err: z.string().optional(),
    ContainerStatus: z.object({ ContainerID: z.string().optional(), ExitCode: z.number().optional() }).nullish(),
  }),
  DesiredState: z.string(),
})
export type TaskReply = z.infer<typeof taskReply>
export const tasksReply = list(taskReply)

export const nodesReply = list(
  z.object({
    ...meta,
    Spec: z.object({ Labels: labels, Role: z.string(), Availability: z.string() }),
    Description: z.object({
      Hostname: z.string(),
      Platform: z.object({ Architecture: z.string().optional(), OS: z.string().optional() }),
      Resources: z.object({ NanoCPUs: z.number().optional(), MemoryBytes: z.number().optional() }),
      Engine: z.object({ EngineVersion: z.string().optional(), Labels: labels }),
    }),
    Status: z.object({ State: z.string(), Message: z.string().optional(), Addr: z.string().optional() }),
    ManagerStatus: z
      .object({ Leader: z.boolean().optional(), Reachability: z.string(), Addr: z.string().optional() })
      .nullish(),
  }),
)
/** One node, with a specification that can be sent back. */
export const nodeReply = z.object({
  ...meta,
  Spec: z.looseObject({ Role: z.string(), Labels: labels }),
  ManagerStatus: z.object({ Reachability: z.string() }).nullish(),
})
export type NodeReply = z.infer<typeof nodesReply>[number]

export const networkReply = z.object({
  Id: z.string(),
  Name: z.string(),
  Scope: z.string(),
  Driver: z.string(),
  Labels: labels,
  IPAM: z.object({ Config: list(z.object({ Subnet: z.string().optional() })) }).nullish(),
})
export type NetworkReply = z.infer<typeof networkReply>
export const networksReply = list(networkReply)

/** Configs and secrets alike; only a config shows its data (base64). */
export const fileReply = z.object({
  ...meta,
  Spec: z.looseObject({ Name: z.string(), Labels: labels, Data: z.string().optional() }),
})
export type FileReply = z.infer<typeof fileReply>
export const filesReply = list(fileReply)

/** Networks are created with `Id`, everything else with `ID`. */
export const createdReply = z.union([
  z.object({ ID: z.string() }).transform(({ ID }) => ({ id: ID })),
  z.object({ Id: z.string() }).transform(({ Id }) => ({ id: Id })),
])

export const distributionReply = z.object({ Descriptor: z.object({ digest: z.string() }) })

export const containerReply = z.object({
  Id: z.string(),
  State: z.object({
    Status: z.string(),
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    Error: z.string(),
    Health: z.object({ Log: list(z.object({ Start: time, ExitCode: z.number(), Output: z.string() })) }).nullish(),
  }),
})

/** Whether what it prints comes without frames. */
export const terminalReply = z.object({ Config: z.object({ Tty: z.boolean() }) })

/** As far as a list of them says. */
export const containersReply = list(z.object({ Id: z.string(), Labels: labels }))

/** A task with the networks it has an address in. */
export const placedTaskReply = z.object({
  NodeID: z.string().optional(),
  Status: z.object({ State: z.string() }),
  NetworksAttachments: list(
    z.object({ Network: z.object({ Spec: z.object({ Name: z.string() }) }), Addresses: list(z.string()) }),
  ),
})
export const placedTasksReply = list(placedTaskReply)

export const execReply = z.object({ Running: z.boolean(), ExitCode: z.number().nullish() })

export const volumeReply = z.object({
  Name: z.string(),
  Driver: z.string(),
  Labels: labels,
  Options: labels,
})
export type VolumeReply = z.infer<typeof volumeReply>

export const diskUsageReply = z.object({
  Volumes: list(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() })),
})

export const eventReply = z.object({
  Type: z.string().optional(),
  Action: z.string().optional(),
  time: z.number().optional(),
  timeNano: z.number().optional(),
  Actor: z.object({ ID: z.string().optional(), Attributes: labels }).optional(),
})

/** A line of a build's or a push's progress. */
export const progressReply = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
  aux: z.unknown().optional(),
})
