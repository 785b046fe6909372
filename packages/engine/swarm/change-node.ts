import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { NodeChange } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { nodeReply } from './replies.ts'

export interface NodeChangeRequest {
  readonly nodeId: string
  readonly change: NodeChange
}

/** The engine writes nodes too (what they are, where they are), so a version may be stale by the time it is sent. */
const maxTries = 8

/**
 * By compare-and-set with the node's version. Nothing is sent when all is so already: each change of a node makes the engine
 * look again at every constraint of what runs there.
 */
export const changeNode = async (
  api: Api,
  { nodeId, change }: NodeChangeRequest,
  signal: AbortSignal,
): Promise<void> => {
  const doing = `change node ${nodeId}`
  for (let tries = 1; ; tries += 1) {
    const { Spec, Version } = await api.json({ method: 'GET', path: `/nodes/${nodeId}`, doing }, nodeReply, signal)
    const body = changeSpec(Spec, change)
    if (isDeepStrictEqual(body, Spec)) return
    try {
      const query = { version: Version.Index }
      return await api.send({ method: 'POST', path: `/nodes/${nodeId}/update`, query, body, doing }, signal)
    } catch (error) {
      const isStale = error instanceof EngineError && error.code === 'version'
      if (!isStale || tries >= maxTries) throw error
    }
  }
}

type Spec = z.output<typeof nodeReply>['Spec']

const changeSpec = (spec: Spec, { labels = {}, removedLabels = [], availability }: NodeChange): Spec => {
  const removed = new Set(removedLabels)
  const kept = Object.entries(spec.Labels).filter(([key]) => !removed.has(key))
  return {
    ...spec,
    Labels: { ...Object.fromEntries(kept), ...labels },
    ...(availability === undefined ? {} : { Availability: availability }),
  }
}

export interface Removal {
  readonly nodeId: string
  readonly isForced: boolean
}

/** The engine says `invalid` of what it will not remove. */
export const removeNode = async (api: Api, { nodeId, isForced }: Removal, signal: AbortSignal): Promise<void> => {
  const doing = `remove node ${nodeId}`
  const query = isForced ? { query: { force: 'true' } } : {}
  try {
    await api.send({ method: 'DELETE', path: `/nodes/${nodeId}`, ...query, doing }, signal)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    if (error.code === 'not-found') return
    throw error.code === 'invalid' ? new EngineError('refused', error.message, { cause: error }) : error
  }
}
