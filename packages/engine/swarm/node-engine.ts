import type { NodeEngine } from '../engine.ts'
import type { Inventory } from '../storage/inventory.ts'
import type { ImageFolders, LocalIngress } from '../routing.ts'
import type { PruneItem, PruneReport } from '../storage/storage.ts'
import { readFiles, statFile, writeFiles } from './archive.ts'
import type { ContainerPlace } from './archive.ts'
import { openClient } from './client.ts'
import type { Client } from './client.ts'
import type { Endpoint } from './endpoint.ts'
import { execInContainer } from './exec.ts'
import { forwardToContainer, sweepRelays } from './forward.ts'
import { describeContainer } from './inspect-task.ts'
import { readImageFolder } from './image-folder.ts'
import { findLocalDisk } from './local-disk.ts'
import { pruneCache, pruneEngine, readInventory, wholeCache } from './prune.ts'
import type { CacheOrder, PruneOrder } from './prune.ts'
import { containerReply, managersReply } from './replies.ts'
import { getTaskContainer, listTaskContainers } from './task-container.ts'
import { readTaskLog } from './task-log.ts'
import { readUsage } from './usage.ts'
import { ingressServices, openLocalIngress } from './local-ingress.ts'
import { openVolumeHost } from './volume-host.ts'
import type { VolumeHost } from './volume-host.ts'
import { sampleTasks } from './stats.ts'

/** The engine of one node, with what only its own agent asks of it. */
export interface LocalEngine extends NodeEngine, AsyncDisposable {
  inventory(signal: AbortSignal): Promise<Inventory>
  collect(order: PruneOrder, signal: AbortSignal): Promise<PruneReport>
  clearCache(order: CacheOrder, signal: AbortSignal): Promise<readonly PruneItem[]>
  /** For agents of other nodes, which copy them and clear them away. */
  readonly volumes: VolumeHost
  /** Nodes that this one takes for managers; a worker knows them, too. */
  managers(signal: AbortSignal): Promise<readonly string[]>
  /** Takes away what an agent that was killed has left behind here; gives how many. */
  sweep(signal: AbortSignal): Promise<number>
  readonly ingress: LocalIngress
  /** The one with the stream ports. */
  readonly streams: LocalIngress
  readonly folders: ImageFolders
}

/** The engine at an endpoint, asked for nothing but its own containers: so a worker can be asked, too. */
export const openNodeEngine = (endpoint: Endpoint, now: () => number): LocalEngine => {
  const client = openClient(endpoint)
  return {
    findService: async (taskId, signal) => {
      const [container] = await listTaskContainers(client, taskId, signal)
      return container?.Labels['com.docker.swarm.service.name']
    },
    exec: async (request, signal) => {
      const { Id } = await getTaskContainer(client, request.taskId, signal)
      return execInContainer({ node: client, containerId: Id }, request, signal)
    },
    inspectTask: async (taskId, signal) => {
      const { Id } = await getTaskContainer(client, taskId, signal)
      const call = { method: 'GET', path: `/containers/${Id}/json`, doing: `inspect task ${taskId}` } as const
      return describeContainer(await client.json(call, containerReply, signal))
    },
    readLog: (query, signal) => readTaskLog(client, query, signal),
    sample: (taskIds, signal) => sampleTasks(client, taskIds, signal),
    statFile: async ({ taskId, path }, signal) => statFile(await locate(client, taskId, signal), path, signal),
    readFiles: async ({ taskId, ...request }, signal) =>
      readFiles(await locate(client, taskId, signal), request, signal),
    writeFiles: async ({ taskId, ...request }, signal) =>
      writeFiles(await locate(client, taskId, signal), request, signal),
    forward: async ({ taskId, ...request }, signal) =>
      forwardToContainer({ ...(await locate(client, taskId, signal)), maker: 'agent' }, request, signal),
    sweep: (signal) => sweepRelays(client, signal),
    disk: (signal) => findLocalDisk(client, signal),
    usage: (signal) => readUsage(client, signal),
    prune: (request, signal) => pruneEngine(client, { ...request, nowMs: now(), buildCache: wholeCache }, signal),
    volumes: openVolumeHost(client),
    ingress: openLocalIngress(client, ingressServices.ingress),
    streams: openLocalIngress(client, ingressServices.streams),
    folders: { read: (folder, take, signal) => readImageFolder(client, { folder, take }, signal) },
    managers: async (signal) => {
      const call = { method: 'GET', path: '/info', doing: 'ask who the managers are' } as const
      return (await client.json(call, managersReply, signal)).Swarm.RemoteManagers.map(({ NodeID }) => NodeID)
    },
    inventory: (signal) => readInventory(client, signal),
    collect: (order, signal) => pruneEngine(client, order, signal),
    clearCache: (order, signal) => pruneCache(client, order, { isDryRun: false, signal }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

const locate = async (node: Client, taskId: string, signal: AbortSignal): Promise<ContainerPlace> => ({
  node,
  containerId: (await getTaskContainer(node, taskId, signal)).Id,
})
