import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { parseShape } from '@atoll/engine/remote'
import type { VolumeHost } from '@atoll/engine/swarm'
import type { z } from 'zod'
import { answered } from './answered.ts'
import type { Peers } from './peers.ts'
import { volumeHeader, volumeVerbs } from './volume-shapes.ts'
import type { VolumePart, VolumeVerb } from './volume-shapes.ts'

/** Volumes of another node, by its agent. Throws EngineError. */
export const reachVolumes = (peers: Peers, nodeId: string): VolumeHost => {
  const converse = (part: VolumePart, headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
    peers.converse({ nodeId, path: `/v1/volume.${part}`, headers }, signal)
  const ask = async <Reply>(
    verb: VolumeVerb,
    { reply: shape, body }: { readonly reply: z.ZodType<Reply>; readonly body: object },
    signal: AbortSignal,
  ): Promise<Reply> => {
    await using conversation = await converse(verb, { 'content-type': 'application/json' }, signal)
    conversation.outgoing.end(JSON.stringify(body))
    const reply: unknown = JSON.parse(await text(await answered(conversation, `volume.${verb}`)))
    return parseShape(shape, reply, `volume.${verb} of ${nodeId}`)
  }
  const { find, sizes, create, remove, digest } = volumeVerbs
  return {
    find: async (name, signal) => (await ask('find', { ...find, body: { name } }, signal)).volume,
    sizes: (names, signal) => ask('sizes', { ...sizes, body: { names } }, signal),
    create: async (volume, signal) => void (await ask('create', { ...create, body: { volume } }, signal)),
    remove: async (name, owner, signal) => void (await ask('remove', { ...remove, body: { name, owner } }, signal)),
    digest: (name, signal) => ask('digest', { ...digest, body: { name } }, signal),
    read: async (name, signal) => {
      const conversation = await converse('read', { 'content-type': 'application/json' }, signal)
      try {
        conversation.outgoing.end(JSON.stringify({ name }))
        const tar = await answered(conversation, 'volume.read')
        return { tar, [Symbol.asyncDispose]: () => conversation[Symbol.asyncDispose]() }
      } catch (error) {
        await conversation[Symbol.asyncDispose]()
        throw error
      }
    },
    write: async (name, tar, signal) => {
      const headers = { 'content-type': 'application/octet-stream', [volumeHeader]: name }
      await using conversation = await converse('write', headers, signal)
      // Who refuses answers before it has read all, and that is what is to be told.
      const refused = answered(conversation, 'volume.write')
      await Promise.race([pipeline(tar, conversation.outgoing), refused])
      await refused
    },
  }
}
