import { z } from 'zod'
import { list, serviceReply } from './replies.ts'

/** A service of the Engine API as far as it decides where its tasks run; foreign shapes stop here. */

const text = z.string().default('')

const mount = z.object({
  Type: text,
  Source: text,
  VolumeOptions: z
    .object({
      DriverConfig: z.object({ Name: text, Options: z.record(z.string(), z.string()).nullish() }).nullish(),
    })
    .nullish(),
})
export type MountReply = z.infer<typeof mount>

const template = z.object({
  ContainerSpec: z.looseObject({ Image: z.string().optional(), Mounts: list(mount) }).optional(),
  Resources: z
    .object({
      Reservations: z.object({ MemoryBytes: z.number().default(0), NanoCPUs: z.number().default(0) }).nullish(),
    })
    .nullish(),
  RestartPolicy: z.object({ Condition: z.string().optional() }).nullish(),
  Placement: z
    .object({
      Constraints: list(z.string()),
      Preferences: list(z.object({ Spread: z.object({ SpreadDescriptor: text }).nullish() })),
      MaxReplicas: z.number().default(0),
      Platforms: list(z.object({ Architecture: text, OS: text })),
    })
    .nullish(),
})

export const placedServiceReply = serviceReply.extend({
  Spec: z.object({
    Name: z.string(),
    Labels: serviceReply.shape.Spec.shape.Labels,
    TaskTemplate: template,
    Mode: z
      .object({
        Replicated: z.object({ Replicas: z.number().default(0) }).optional(),
        ReplicatedJob: z.object({ TotalCompletions: z.number().default(0) }).optional(),
      })
      .default({}),
    EndpointSpec: z
      .object({
        Ports: list(
          z.object({ Protocol: z.string().default('tcp'), PublishedPort: z.number().default(0), PublishMode: text }),
        ),
      })
      .nullish(),
  }),
})
export type PlacedServiceReply = z.infer<typeof placedServiceReply>
