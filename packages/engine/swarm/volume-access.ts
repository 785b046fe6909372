import { Readable } from 'node:stream'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { createdReply, volumeReply } from './replies.ts'
import type { VolumeReply } from './replies.ts'
import { z } from 'zod'
import { ignoreAbsent } from './ignore-errors.ts'

/** Where the volume stands in the container that is only made to reach it. */
const mountPoint = '/volume'
const accessLabel = 'atoll.volume-access'
const emptyImage = 'atoll-volume-access:1'
/** A tar of nothing: two blocks of zeros. */
const emptyTar = Buffer.alloc(1024)

export const findVolume = async (engine: Api, name: string, signal: AbortSignal): Promise<VolumeReply | undefined> => {
  try {
    return await engine.json({ method: 'GET', path: `/volumes/${encodeURIComponent(name)}` }, volumeReply, signal)
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not-found') return undefined
    throw error
  }
}

const containersReply = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }))

/**
 * Removes a volume the caller has proved to be ours. Containers of ended tasks, which the engine keeps for their logs, and
 * those a killed move left behind hold it and are removed first; one that runs makes it EngineError `conflict`.
 */
export const deleteVolume = async (
  engine: Api,
  { name, doing }: { readonly name: string; readonly doing: string },
  signal: AbortSignal,
): Promise<void> => {
  for (const label of ['com.docker.swarm.task.id', `${accessLabel}=${name}`]) {
    const filters = { volume: [name], status: ['exited', 'dead', 'created'], label: [label] }
    const call = { method: 'GET', path: '/containers/json', query: { all: true, filters } } as const
    for (const { Id } of await engine.json(call, containersReply, signal))
      await engine.send({ method: 'DELETE', path: `/containers/${Id}`, doing }, signal).catch(ignoreAbsent)
  }
  await engine
    .send({ method: 'DELETE', path: `/volumes/${encodeURIComponent(name)}`, doing }, signal)
    .catch(ignoreAbsent)
}

/** Files of a volume, by a container that is created and never started. Disposing it removes the container. */
export interface VolumeAccess extends AsyncDisposable {
  read(signal: AbortSignal): Promise<Readable>
  write(tar: Readable, signal: AbortSignal): Promise<void>
}

/** Needs no image of anybody's: an empty one is made on the engine. */
export const openVolumeAccess = async (engine: Api, volume: string, signal: AbortSignal): Promise<VolumeAccess> => {
  await makeEmptyImage(engine, signal)
  const body = {
    Image: emptyImage,
    Cmd: ['never-started'],
    Labels: { [accessLabel]: volume },
    HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: mountPoint }], NetworkMode: 'none' },
  }
  const doing = `reach volume ${volume}`
  const { id } = await engine.json({ method: 'POST', path: '/containers/create', body, doing }, createdReply, signal)
  const archive = `/containers/${id}/archive`
  return {
    read: (signal) =>
      engine.stream({ method: 'GET', path: archive, query: { path: `${mountPoint}/.` }, doing }, signal),
    write: async (tar, signal) => {
      const query = { path: mountPoint, noOverwriteDirNonDir: true }
      // The reply comes when all is written, which takes as long as the volume is large.
      const call = { method: 'PUT', path: archive, query, body: tar, doing, timeoutMs: copyTimeoutMs } as const
      await engine.send(call, signal)
    },
    [Symbol.asyncDispose]: async () => {
      // Even when the work was stopped, the container has to go.
      const call = { method: 'DELETE', path: `/containers/${id}`, query: { force: true } } as const
      await engine.send(call, AbortSignal.timeout(removalTimeoutMs)).catch(() => undefined)
    },
  }
}

const copyTimeoutMs = 24 * 60 * 60_000
const removalTimeoutMs = 20_000

const makeEmptyImage = async (engine: Api, signal: AbortSignal): Promise<void> => {
  const path = `/images/${emptyImage}/json`
  try {
    await engine.json({ method: 'GET', path }, z.object({ Id: z.string() }), signal)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'not-found') throw error
    const [repo, tag] = emptyImage.split(':')
    const query = { fromSrc: '-', repo, tag }
    await engine.send({ method: 'POST', path: '/images/create', query, body: Readable.from([emptyTar]) }, signal)
  }
}
