import { z } from 'zod'
import { failure } from './failure.ts'

const backupId = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{4}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const bytes = z.int().nonnegative()
const place = z.string().max(500)

export const backupParams = z.object({ backup: backupId })

const section = z.object({ name: z.string(), kind: z.enum(['documents', 'keys']), entries: z.number(), sha256 })

/** A file in pieces, and last what came of it. A stream without such a last line was cut off. */
export const backupLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('begun'), id: backupId }),
  z.object({ kind: z.literal('data'), base64: z.string() }),
  z.object({
    kind: z.literal('made'),
    id: backupId,
    bytes,
    /** Of the whole file. */
    sha256,
    sections: z.array(section).readonly(),
    /** Secrets of apps whose values are not in it. */
    missing: z.array(z.string()).readonly(),
  }),
  z.object({ kind: z.literal('failed'), failure }),
])

export const backupOrder = z.strictObject({
  /** Public keys of age; those of the settings when not said. */
  recipients: z.array(z.string().max(4000)).min(1).max(8).exactOptional(),
  /** Where it will be kept, as a person would say it. */
  place,
})

export const backupRecord = z.object({
  id: backupId,
  madeAtMs: z.number(),
  by: z.string(),
  place,
  bytes,
  sha256,
  missing: z.array(z.string()).readonly(),
  /** When it was restored into memory from where it is kept, and was the same. */
  provenAtMs: z.number().exactOptional(),
})

export const backupProof = z.strictObject({ sha256, place })
