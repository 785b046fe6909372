import { z } from 'zod'

const sum = z.object({ count: z.number(), bytes: z.number(), reclaimableBytes: z.number() })

/** Bytes of everything a node's engine keeps. */
export const nodeUsage = z.object({ images: sum, containers: sum, volumes: sum, buildCache: sum })

export const nodeDisk = z.object({
  sizeBytes: z.number(),
  freeBytes: z.number(),
  usedShare: z.number(),
  scarce: z.enum(['bytes', 'inodes']),
  forecast: z.object({ fullAtMs: z.number(), bytesPerHour: z.number() }).exactOptional(),
  reserve: z.object({ bytes: z.number(), isHeld: z.boolean() }).exactOptional(),
})

const items = z.array(
  z.object({
    kind: z.enum(['image', 'container', 'build-cache']),
    name: z.string(),
    bytes: z.number().exactOptional(),
    why: z.string(),
  }),
)

export const pruneReport = z.object({ removed: items, left: items })
