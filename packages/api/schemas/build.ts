import { z } from 'zod'
import { failure } from './failure.ts'
import { serviceName } from './names.ts'

/** A body is the tar alone, so what is to be done with it stands in a header. */
export const buildHeader = 'x-atoll-build'
/** Servers refuse headers of more than 16 KiB together. */
export const mostHeaderCharacters = 12_000

const text = z.string().max(4096)
const texts = z.array(text).max(100)
const pairs = z.record(z.string().max(300), z.string())

/** How the image of a service is built; the cluster names it. Values of `args` may be secret. */
export const buildSettings = z.strictObject({
  service: serviceName,
  /** In place of a tar, which then is empty: an address the engine fetches the context from. */
  address: text.exactOptional(),
  /** Inside of the context. */
  dockerfile: text,
  target: text.exactOptional(),
  args: pairs,
  labels: pairs,
  extraHosts: texts,
  network: text.exactOptional(),
  platforms: texts,
  isPulling: z.boolean(),
  noCache: z.boolean(),
})
export type BuildSettings = Readonly<z.input<typeof buildSettings>>

/** Progress, and last what came of it. A stream without such a last line was cut off. */
export const buildLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('line'), line: z.string() }),
  /** `REGISTRY/APP/SERVICE:ENVIRONMENT@sha256:...`. */
  z.object({ kind: z.literal('built'), reference: z.string() }),
  z.object({ kind: z.literal('failed'), failure }),
])

/** JSON as headers may hold it: characters beyond ASCII are escaped. */
export const renderBuildSettings = (settings: BuildSettings): string =>
  JSON.stringify(settings).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
