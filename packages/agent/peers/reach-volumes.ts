import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { IncomingMessage } from 'node:http'
import { EngineError } from '@atoll/engine'
import { parseError, parseShape } from '@atoll/engine/remote'
import type { VolumeHost } from '@atoll/engine/swarm'
import type { z } from 'zod'
import type { PeerConversation, Peers } from './peers.ts'
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
    const reply: unknown = JSON.parse(await text(await answered(conversation, verb)))
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
        const tar = await answered(conversation, 'read')
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
      const refused = answered(conversation, 'write')
      await Promise.race([pipeline(tar, conversation.outgoing), refused])
      await refused
    },
  }
}

const answered = async ({ incoming }: PeerConversation, part: VolumePart): Promise<IncomingMessage> => {
  const response = await incoming
  if (response.statusCode === 200) return response
  const said = await text(response)
  throw (
    parseError(tryJson(said)) ?? new EngineError('invalid', `volume.${part}: the agent answered ${response.statusCode}`)
  )
}

const tryJson = (said: string): unknown => {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}
