import { z } from 'zod'

const ms = z.number()

/** One failure that was made for real, and what came of it. */
export const drill = z.object({
  number: z.number(),
  node: z.string(),
  kind: z.enum(['engine', 'network', 'power']),
  by: z.string(),
  beganAtMs: ms,
  lastsMs: ms.meta({ description: 'after so long the server puts it back' }),
  foreseen: z.array(z.string()).meta({ description: 'what was foreseen to be missed' }),
  traffic: z.array(
    z.object({
      service: z.string(),
      port: z.number(),
      sent: z.number(),
      failed: z.number(),
      longestMs: ms.meta({ description: 'the longest in which no request was answered' }),
    }),
  ),
  unseen: z.array(z.string()).meta({ description: 'ports that were not reached before it began' }),
  detectedMs: ms.meta({ description: 'from its beginning until the managers missed the node' }).exactOptional(),
  rescheduledMs: ms.exactOptional(),
  wholeMs: ms.exactOptional(),
  backMs: ms.exactOptional(),
  silentMs: ms.meta({ description: 'the longest in which no manager answered' }).exactOptional(),
  endedAtMs: ms.exactOptional(),
})
