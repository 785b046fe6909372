import { z } from 'zod'
import type { NodeDisk, NodeUsage, PruneReport } from '../../storage/storage.ts'
import { textsShape } from './names.ts'

const diskShape: z.ZodType<NodeDisk> = z.object({
  sizeBytes: z.number(),
  freeBytes: z.number(),
  usedShare: z.number(),
  scarce: z.enum(['bytes', 'inodes']),
  forecast: z.object({ fullAtMs: z.number(), bytesPerHour: z.number() }).exactOptional(),
  clockMs: z.number().exactOptional(),
  reserve: z.object({ bytes: z.number(), isHeld: z.boolean() }).exactOptional(),
})

/** Empty where the disk cannot be seen. */
export const diskReplyShape = z.object({ disk: diskShape.exactOptional() })

const sumShape = z.object({ count: z.number(), bytes: z.number(), reclaimableBytes: z.number() })

export const usageShape: z.ZodType<NodeUsage> = z.object({
  images: sumShape,
  containers: sumShape,
  volumes: sumShape,
  buildCache: sumShape,
})

export const claimsShape = z.strictObject({ needed: textsShape, repositories: textsShape })

export const pruneRequestShape = z.strictObject({ isDryRun: z.boolean(), claims: claimsShape.exactOptional() })

const itemsShape = z.array(
  z.object({
    kind: z.enum(['image', 'container', 'build-cache']),
    name: z.string(),
    bytes: z.number().exactOptional(),
    why: z.string(),
  }),
)

export const pruneReportShape: z.ZodType<PruneReport> = z.object({ removed: itemsShape, left: itemsShape })
