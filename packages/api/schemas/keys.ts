import { z } from 'zod'

/** Which keys there are, by their ids; nothing of what they are. */
export const keys = z.object({
  /** The one that seals; absent as long as nothing was ever exchanged. */
  sealsKey: z.string().exactOptional(),
  rotatedAtMs: z.number().exactOptional(),
  /** An exchange that is under way, or was left. */
  rotation: z
    .object({
      phase: z.enum(['make', 'accept', 'use', 'drop', 'clear']),
      sealsKey: z.string(),
      startedAtMs: z.number(),
    })
    .exactOptional(),
  /** Sealed values in documents, by the id of their key. */
  sealed: z.record(z.string(), z.number()),
})
