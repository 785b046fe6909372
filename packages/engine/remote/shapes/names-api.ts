import { z } from 'zod'
import type { NameAnswer, NamedService } from '../../names.ts'

/** A name of the engine's own name service: nothing else of the world is asked for. */
const dnsName = z.string().regex(/^tasks\.[\w.-]{1,200}$/)
const networkId = z.string().regex(/^[a-z0-9]{1,64}$/)

export const nameQuestionsShape = z
  .array(z.strictObject({ networkId, names: z.array(dnsName).min(1).max(200) }))
  .min(1)
  .max(5)

const resolvedNameShape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('found'), name: z.string(), addresses: z.array(z.string()) }),
  z.object({ kind: z.literal('absent'), name: z.string() }),
  z.object({ kind: z.literal('silent'), name: z.string(), code: z.string() }),
])
export const resolvedNamesShape = z.array(resolvedNameShape)

export const nameAnswersShape: z.ZodType<readonly NameAnswer[]> = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('answered'), networkId: z.string(), names: resolvedNamesShape }),
    z.object({ kind: z.literal('not-asked'), networkId: z.string(), why: z.string() }),
  ]),
)

export const namedServicesShape: z.ZodType<readonly NamedService[]> = z.array(
  z.object({
    app: z.string(),
    environment: z.string(),
    service: z.string(),
    dnsName: z.string(),
    isBesideJobs: z.boolean(),
    tasks: z.array(
      z.object({
        taskId: z.string(),
        nodeId: z.string(),
        networkId: z.string(),
        network: z.string(),
        address: z.string(),
        isUp: z.boolean(),
        sinceMs: z.number(),
      }),
    ),
  }),
)
