import { z } from 'zod'

/** What agents ask each other about volumes of their nodes: `POST /v1/volume.VERB`, with tars as they are. */
export const volumeName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,254}$/)
export const volumeHeader = 'x-atoll-volume'

const texts = z.record(z.string(), z.string())
const volume = z.strictObject({ Name: volumeName, Driver: z.string(), Labels: texts, Options: texts })
const owner = z.strictObject({ app: z.string().exactOptional(), environment: z.string().exactOptional() })
const named = z.strictObject({ name: volumeName })
const done = z.strictObject({})

export const volumeVerbs = {
  find: { request: named, reply: z.strictObject({ volume: volume.exactOptional() }) },
  sizes: {
    request: z.strictObject({ names: z.array(volumeName).max(10_000) }),
    reply: z.record(z.string(), z.number()),
  },
  create: { request: z.strictObject({ volume }), reply: done },
  remove: { request: named.extend({ owner }), reply: done },
  digest: { request: named, reply: z.strictObject({ entries: z.number(), bytes: z.number(), hash: z.string() }) },
} as const
export type VolumeVerb = keyof typeof volumeVerbs

/** Besides the two that carry bytes. */
export type VolumePart = VolumeVerb | 'read' | 'write'
