import { z } from 'zod'
import type { Admission, NodeChange } from '../../engine.ts'

const key = z.string().regex(/^[A-Za-z0-9][\w./-]{0,199}$/)
const labels = z.record(key, z.string().max(1_000)).refine((given) => Object.keys(given).length <= 100, 'are too many')

export const nodeChangeShape: z.ZodType<NodeChange> = z.strictObject({
  labels: labels.exactOptional(),
  removedLabels: z.array(key).max(100).exactOptional(),
  availability: z.enum(['active', 'pause', 'drain']).exactOptional(),
})

export const admissionShape: z.ZodType<Admission> = z.object({
  workerToken: z.string(),
  managers: z.array(z.string()),
})
