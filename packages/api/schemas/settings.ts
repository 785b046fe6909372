import { z } from 'zod'

const graceMs = z
  .int()
  .min(60_000)
  .max(86_400_000)
  .meta({ description: 'how long a manager is away before it is taken for gone for good' })

const hours = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$/)
  .meta({ description: 'of the day, UTC, as 03:00-05:00; empty: at any time' })

export const settings = z.object({
  managers: z.object({
    isKept: z.boolean().meta({ description: 'replace managers that are gone, and keep their number odd' }),
    graceMs,
  }),
  rebalance: z.object({
    isAutomatic: z.boolean().meta({ description: 'spread tasks again after nodes came back or joined' }),
    hours,
  }),
})

export const settingsChange = z.strictObject({
  managers: z.strictObject({ isKept: z.boolean().exactOptional(), graceMs: graceMs.exactOptional() }).exactOptional(),
  rebalance: z.strictObject({ isAutomatic: z.boolean().exactOptional(), hours: hours.exactOptional() }).exactOptional(),
})
