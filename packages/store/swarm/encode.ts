import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Document } from '../documents.ts'
import { StoreError } from '../errors.ts'
import { documentFormat } from '../format.ts'
import { renderPlainJson } from '../plain-json.ts'
import { migrateDocument } from './migrate.ts'

/** Far above any release of ours, far below what a reader of many documents could not hold. */
const MAX_JSON_BYTES = 32 * 1024 * 1024

const envelope = z.object({
  collection: z.string(),
  id: z.string(),
  revision: z.number().int().positive(),
  writtenAtMs: z.number(),
  value: z.unknown(),
})

/** Gzip of the document's JSON with the version of its format. StoreError `not-json` or `too-large`. */
export const encodeDocument = (document: Document): Uint8Array => {
  const what = `revision ${document.revision} of ${document.collection} ${document.id}`
  const json = renderPlainJson(
    document.value === undefined ? undefined : { format: documentFormat.writes, ...document },
    what,
  )
  if (json.length > MAX_JSON_BYTES) {
    throw new StoreError(
      'too-large',
      `write ${what}: ${json.length} characters of JSON; ${MAX_JSON_BYTES} are the limit`,
    )
  }
  return gzipSync(json)
}

/** StoreError `corrupt` or `newer-format`; `name` is the config's, for the message. */
export const decodeDocument = <T>(data: Uint8Array, name: string): Document<T> => {
  const parsed = envelope.safeParse(migrateDocument(parseData(data, name), { name, to: documentFormat.reads }))
  if (!parsed.success) throw corruptError(name, parsed.error.issues[0]?.message)
  return { ...parsed.data, value: parsed.data.value as T }
}

const parseData = (data: Uint8Array, name: string): unknown => {
  try {
    return JSON.parse(gunzipSync(data, { maxOutputLength: 4 * MAX_JSON_BYTES }).toString())
  } catch (cause) {
    throw corruptError(name, cause)
  }
}

const corruptError = (name: string, cause: unknown): StoreError =>
  new StoreError(
    'corrupt',
    `read config ${name}: it carries Atoll's labels but is no document of Atoll; look at it with "docker config inspect ${name}" and remove it if it is not needed`,
    { cause },
  )
