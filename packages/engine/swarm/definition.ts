import { gunzipSync, gzipSync } from 'node:zlib'
import type { Network, Service } from '@atoll/spec'
import type { Labels } from './bodies.ts'

const LABEL = 'atoll.definition'
/** More than any service's; a label that unpacks to more is not ours. */
const LARGEST_DEFINITION_BYTES = 4 * 1024 * 1024

/** Same definition, same text: keys are sorted at every depth. */
const renderCanonicalJson = (value: unknown): string => JSON.stringify(value, sortKeys)

const sortKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** The label's value: gzip in base64 of the canonical JSON. */
export const renderDefinition = (definition: Service | Network): string =>
  gzipSync(renderCanonicalJson(definition)).toString('base64')

/** What Atoll last asked for, from the labels of a service it made; undefined when there is none that can be read. */
export const readDefinition = (labels: Labels): Service | undefined =>
  unpack(labels, (value) => 'engineName' in value && 'image' in value && 'mode' in value) as Service | undefined

/** The same of a network. */
export const readNetworkDefinition = (labels: Labels): Network | undefined =>
  unpack(labels, (value) => 'engineName' in value && 'driver' in value && 'isAttachable' in value) as
    | Network
    | undefined

const unpack = (labels: Labels, isKnown: (value: object) => boolean): object | undefined => {
  const text = labels[LABEL]
  if (text === undefined) return undefined
  try {
    const json = gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: LARGEST_DEFINITION_BYTES })
    const value: unknown = JSON.parse(json.toString())
    return typeof value === 'object' && value !== null && isKnown(value) ? value : undefined
  } catch {
    // Somebody else's label, or one cut short: planned anew.
    return undefined
  }
}
