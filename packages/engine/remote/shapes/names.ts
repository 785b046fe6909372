import { z } from 'zod'

/** Ids and names become parts of paths of the engine's API on the other side, so nothing in them may mean something there. */
export const idShape = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/)
export const nameShape = z.string().regex(/^[A-Za-z0-9][\w.-]{0,254}$/)
/** Swarm fills these in on the node: `data-{{.Task.Slot}}`. Others could hold what a name must not begin with. */
export const volumeNameShape = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9](?:[\w.-]|\{\{ *\.(?:Node\.(?:ID|Hostname)|Service\.(?:ID|Name)|Task\.(?:ID|Name|Slot)) *\}\})*$/)
export const imageShape = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9][\w.:/@-]*$/)
  .refine((image) => !image.includes('..'), 'has two dots in a row')

export const refShape = z.strictObject({
  app: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,127}$/),
  environment: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,127}$/),
})

export const textsShape = z.array(z.string())
export const pairsShape = z.record(z.string(), z.string())
export const countShape = z.int().nonnegative()

/** Base64 on the wire, bytes on both sides. */
export const bytesShape = z.base64().transform((text): Uint8Array => Buffer.from(text, 'base64'))
export const renderBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
