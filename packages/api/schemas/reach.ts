import { z } from 'zod'

/** Of a file in a container: absolute. */
export const filePath = z
  .string()
  .max(4_096)
  .regex(/^\/[^\0]*$/)

export const fileStat = z.object({
  kind: z.enum(['file', 'folder', 'link', 'other']),
  sizeBytes: z.number(),
  /** Of a link, as an absolute path. */
  target: z.string().exactOptional(),
})

const taskSample = z.object({
  taskId: z.string(),
  atMs: z.number(),
  /** Nanoseconds of all processors together. */
  cpuNs: z.number(),
  memoryBytes: z.number(),
  memoryLimitBytes: z.number(),
  networkInBytes: z.number(),
  networkOutBytes: z.number(),
  readBytes: z.number(),
  writtenBytes: z.number(),
  processes: z.number(),
})

export const taskUsage = z.object({
  service: z.string(),
  taskId: z.string(),
  slot: z.number().exactOptional(),
  nodeId: z.string(),
  node: z.string(),
  /** As far as the engine still knows the tasks before. */
  restarts: z.number(),
  /** Absent while it starts, or when its node could not be asked: then `trouble` says why. */
  sample: taskSample.exactOptional(),
  trouble: z.string().exactOptional(),
})
