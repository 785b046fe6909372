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

const everyMs = z
  .int()
  .min(600_000)
  .max(31 * 86_400_000)
const text = z.string().min(1).max(500)
/** Of a server in one's own network it is often an address, which a name of a domain would not allow. */
const endpoint = z.url({ protocol: /^https?$/ })
const s3 = z.object({ url: text, endpoint, region: text, accessKeyId: text })
const keep = z.int().min(1).max(1000)
const recipients = z.array(z.string().max(4000)).max(8)

export const backupSettings = z.object({
  everyMs: everyMs.exactOptional().meta({ description: 'how often one is made by itself; absent: never' }),
  keep: keep.meta({ description: 'how many stay in the place' }),
  recipients: recipients.readonly().meta({ description: 'public keys of age' }),
  place: s3.exactOptional(),
})

export const backupSettingsChange = z.strictObject({
  /** `null`: never. */
  everyMs: everyMs.nullable().exactOptional(),
  keep: keep.exactOptional(),
  recipients: recipients.min(1).exactOptional(),
  place: z.strictObject({ ...s3.shape, secretAccessKey: text }).exactOptional(),
})

export const backupProof = z.strictObject({ sha256, place })
