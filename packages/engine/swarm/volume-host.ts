import type { Readable } from 'node:stream'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import type { NodeClients } from './node-clients.ts'
import { diskUsageReply } from './replies.ts'
import type { VolumeReply } from './replies.ts'
import { digestTar } from './tar-digest.ts'
import type { TarDigest } from './tar-digest.ts'
import { deleteVolume, findVolume, openVolumeAccess } from './volume-access.ts'

/** Volumes of one node, wherever it is. Throws EngineError. */
export interface VolumeHost {
  find(name: string, signal: AbortSignal): Promise<VolumeReply | undefined>
  /** Bytes by name, of those that are there. */
  sizes(names: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, number>>>
  create(volume: VolumeReply, signal: AbortSignal): Promise<void>
  /** Only if its labels are of this owner; `refused` otherwise. `conflict` while a container runs with it. */
  remove(name: string, owner: VolumeOwner, signal: AbortSignal): Promise<void>
  /** All its files as a tar; to be disposed of when it has ended. */
  read(name: string, signal: AbortSignal): Promise<OpenedTar>
  write(name: string, tar: Readable, signal: AbortSignal): Promise<void>
  /** Of the files there are, read where they are. */
  digest(name: string, signal: AbortSignal): Promise<TarDigest>
}

export interface OpenedTar extends AsyncDisposable {
  readonly tar: Readable
}

/** Absent labels: of a volume that somebody made outside of Atoll. */
export interface VolumeOwner {
  readonly app?: string
  readonly environment?: string
}

export const ownerOf = ({ Labels }: VolumeReply): VolumeOwner => ({
  ...(Labels['atoll.app'] === undefined ? {} : { app: Labels['atoll.app'] }),
  ...(Labels['atoll.environment'] === undefined ? {} : { environment: Labels['atoll.environment'] }),
})

export const isSameOwner = (a: VolumeOwner, b: VolumeOwner): boolean =>
  a.app === b.app && a.environment === b.environment

/** The engine adds up every file of every volume for this. */
const usageTimeoutMs = 60_000

export const openVolumeHost = (engine: Api): VolumeHost => ({
  find: (name, signal) => findVolume(engine, name, signal),
  sizes: async (names, signal) => {
    const call = { method: 'GET', path: '/system/df', query: { type: 'volume' }, timeoutMs: usageTimeoutMs } as const
    const { Volumes } = await engine.json(call, diskUsageReply, signal)
    const wanted = new Set(names)
    const sizes = Volumes.flatMap(({ Name, UsageData }) =>
      wanted.has(Name) && UsageData && UsageData.Size >= 0 ? [[Name, UsageData.Size] as const] : [],
    )
    return Object.fromEntries(sizes)
  },
  create: ({ Name, Driver, Options, Labels }, signal) => {
    const body = { Name, Driver, DriverOpts: Options, Labels }
    return engine.send({ method: 'POST', path: '/volumes/create', body, doing: `create volume ${Name}` }, signal)
  },
  remove: async (name, owner, signal) => {
    const doing = `remove volume ${name}`
    const volume = await findVolume(engine, name, signal)
    if (volume === undefined) return
    if (!isSameOwner(ownerOf(volume), owner)) throw notOurs(doing, owner)
    await deleteVolume(engine, { name, doing }, signal)
  },
  read: async (name, signal) => {
    const access = await openVolumeAccess(engine, name, signal)
    try {
      return { tar: await access.read(signal), [Symbol.asyncDispose]: () => access[Symbol.asyncDispose]() }
    } catch (error) {
      await access[Symbol.asyncDispose]()
      throw error
    }
  },
  write: async (name, tar, signal) => {
    await using access = await openVolumeAccess(engine, name, signal)
    await access.write(tar, signal)
  },
  digest: async (name, signal) => {
    await using access = await openVolumeAccess(engine, name, signal)
    return await digestTar(await access.read(signal))
  },
})

const notOurs = (doing: string, { app, environment }: VolumeOwner): EngineError => {
  const whose = app === undefined ? 'nobody' : `${app}/${environment ?? ''}`
  return new EngineError('refused', `${doing}: it is not ${whose}'s; left as it is`)
}

/** Where volumes of nodes are reached whose engines are not: the agents of these nodes. */
export type FindVolumeHost = (nodeId: string) => VolumeHost | undefined

export interface VolumeHosts {
  readonly nodes: NodeClients
  readonly elsewhere?: FindVolumeHost | undefined
}

/** Undefined when nobody reaches that node. */
export const findVolumeHost = async (
  { nodes, elsewhere }: VolumeHosts,
  nodeId: string,
  signal: AbortSignal,
): Promise<VolumeHost | undefined> => {
  const client = await nodes.find(nodeId, signal)
  return client === undefined ? elsewhere?.(nodeId) : openVolumeHost(client)
}

/** Throws EngineError `not-found` that says how to name the engine. `doing` begins the message. */
export const getVolumeHost = async (
  hosts: VolumeHosts,
  { nodeId, doing }: { readonly nodeId: string; readonly doing: string },
  signal: AbortSignal,
): Promise<VolumeHost> =>
  (await findVolumeHost(hosts, nodeId, signal)) ?? openVolumeHost(await hosts.nodes.get(nodeId, doing, signal))
