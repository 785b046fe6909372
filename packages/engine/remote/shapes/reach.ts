import { z } from 'zod'
import type { FileStat, TaskSample } from '../../reach.ts'
import { idShape } from './names.ts'

const mostPathCharacters = 4_096
const mostPorts = 64

/** Of a file in a container: absolute, and no byte ends it early. */
export const filePathShape = z
  .string()
  .max(mostPathCharacters)
  .regex(/^\/[^\0]*$/, 'is no absolute path')

/** What copying begins with: to an agent with the task, to a control without, as its address names it. */
export const fileTransferShape = z.strictObject({ path: filePathShape })
export const filesStartShape = fileTransferShape.extend({ taskId: idShape })

/** The same of forwarding. */
export const forwardPortsShape = z.strictObject({ ports: z.array(z.int().min(1).max(65_535)).min(1).max(mostPorts) })
export const forwardStartShape = forwardPortsShape.extend({ taskId: idShape })

export const fileStatShape: z.ZodType<FileStat> = z.object({
  kind: z.enum(['file', 'folder', 'link', 'other']),
  sizeBytes: z.number(),
  target: z.string().exactOptional(),
})

export const taskSamplesShape: z.ZodType<readonly TaskSample[]> = z.array(
  z.object({
    taskId: z.string(),
    atMs: z.number(),
    cpuNs: z.number(),
    memoryBytes: z.number(),
    memoryLimitBytes: z.number(),
    networkInBytes: z.number(),
    networkOutBytes: z.number(),
    readBytes: z.number(),
    writtenBytes: z.number(),
    processes: z.number(),
  }),
)
