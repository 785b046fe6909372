import type { Engine } from '../engine.ts'
import { applyAction } from './apply.ts'
import { changeNode, removeNode } from './change-node.ts'
import { changeRole } from './change-role.ts'
import { openCluster } from './cluster.ts'
import { openConfigsApi } from './configs-api.ts'
import type { ConfigsApi } from './configs-api.ts'
import { countEnvironments } from './count-environments.ts'
import { diagnose } from './diagnose.ts'
import { listContexts } from './docker-contexts.ts'
import { getDockerConfigDir, parseContextEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { execInTask } from './exec.ts'
import { openImageStore } from './image-store.ts'
import type { ImageStore } from './image-store.ts'
import { resolveImage } from './images.ts'
import { inspectTask } from './inspect-task.ts'
import { readLogs } from './logs.ts'
import { openNodeClients } from './node-clients.ts'
import { listEnvironments, observeEnvironment } from './observe.ts'
import { observeNodes } from './observe-nodes.ts'
import { observeOccupancy } from './observe-occupancy.ts'
import { openRegistryAuth } from './registry-auth.ts'
import { openTaskReach } from './task-reach.ts'
import type { FindLogHost } from './fill-gap.ts'
import { findLocalDisk } from './local-disk.ts'
import { pruneEngine, wholeCache } from './prune.ts'
import { listServiceImages } from './service-images.ts'
import { readAdmission } from './read-admission.ts'
import { readUsage } from './usage.ts'
import type { FindVolumeHost } from './volume-host.ts'
import { removeVolume, sizeVolumes } from './volumes.ts'
import { watchEnvironment } from './watch.ts'

export { resolveEndpoints } from './endpoint.ts'
export type { Endpoint, EndpointQuery } from './endpoint.ts'
export type { ConfigsApi } from './configs-api.ts'
export type { ImageStore } from './image-store.ts'
export { openLocalNames } from './ask-names.ts'
export { openDirectory } from './directory.ts'
export type { Directory, PlaceQuery } from './directory.ts'
export { openNodeEngine } from './node-engine.ts'
export type { FindVolumeHost, VolumeHost } from './volume-host.ts'
export type { FindLogHost, LogHost } from './fill-gap.ts'
export type { LocalEngine } from './node-engine.ts'
export { measureDisk } from '../storage/measure-disk.ts'
export type { ImageMemory, Inventory } from '../storage/inventory.ts'
export { openRecovery } from './recovery.ts'
export type { JoinRequest, LeftManager, Recovery } from './recovery.ts'
export { renderSwarm } from './render-swarm.ts'
export type { SwarmBodies } from './render-swarm.ts'

export interface SwarmEngineOptions {
  /** Managers of one Swarm (or one of them); the first that answers is used. */
  readonly endpoints: readonly Endpoint[]
  /** Engines of further nodes, for what only a node knows: exec, health output, volumes. Docker contexts count too. */
  readonly nodeEndpoints?: readonly Endpoint[]
  /** Volumes of nodes whose engines are not reached; an agent asks the agents there. */
  readonly findVolumeHost?: FindVolumeHost
  /** Likewise for logs of nodes that the manager has lost sight of. */
  readonly findLogHost?: FindLogHost
  /** The caller's variables: DOCKER_CONFIG and HOME say where credentials and contexts are. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly now: () => number
  /** For how long calls are repeated while managers restart or elect; 25 s unless said. */
  readonly patienceMs?: number
}

/** A Swarm driven through its managers. Nothing is asked before the first call. */
export interface SwarmEngine extends Engine, AsyncDisposable {
  /** The Swarm's configs for the store; of the same connections. */
  readonly configs: ConfigsApi
  /** Images of single nodes, for what comes from no registry. */
  readonly images: ImageStore
}

/** An election takes up to 20 s. */
const defaultPatienceMs = 25_000

/** What few commands need, archives above all, is loaded by those. */
export const openSwarmEngine = (options: SwarmEngineOptions): SwarmEngine => {
  const { endpoints, variables, now } = options
  const configDir = getDockerConfigDir(variables)
  const api = openCluster(endpoints, { now, patienceMs: options.patienceMs ?? defaultPatienceMs })
  const auth = openRegistryAuth(configDir)
  const more = async (): Promise<readonly Endpoint[]> => [
    ...(options.nodeEndpoints ?? []),
    ...(await listContextEndpoints(configDir)),
  ]
  const nodes = openNodeClients({ api, managers: api.clients, more })
  const volumes = { api, nodes, elsewhere: options.findVolumeHost }
  return {
    observe: (ref, signal) => observeEnvironment(api, ref, signal),
    listEnvironments: (signal) => listEnvironments(api, signal),
    countEnvironments: (signal) => countEnvironments(api, signal),
    occupancy: (signal) => observeOccupancy(api, signal),
    apply: (action, context, signal) => applyAction({ api, auth }, { action, context }, signal),
    watch: (ref, signal) => watchEnvironment(api, { ref, now }, signal),
    logs: (query, signal) => readLogs({ api, nodes, elsewhere: options.findLogHost }, query, signal),
    exec: (request, signal) => execInTask({ api, nodes }, request, signal),
    nodes: (signal) => observeNodes(api, signal),
    resolveImage: async (image, signal) => resolveImage(await api.pick(signal), { image, auth }, signal),
    buildImage: async (request, signal) => {
      const { buildImage } = await import('./build.ts')
      return buildImage({ engine: await api.pick(signal), auth }, request, signal)
    },
    inspectTask: (taskId, signal) => inspectTask({ api, nodes }, taskId, signal),
    ...openTaskReach({ api, nodes }),
    volumeSizes: (ref, signal) => sizeVolumes(volumes, ref, signal),
    moveVolume: async (request, signal) => {
      const { moveVolume } = await import('./move-volume.ts')
      return moveVolume(volumes, request, signal)
    },
    removeVolume: (ref, engineName, nodeId, signal) => removeVolume(volumes, { ref, engineName, nodeId }, signal),
    changeRole: (nodeId, role, signal) => changeRole(api, { nodeId, role, now }, signal),
    changeNode: (nodeId, change, signal) => changeNode(api, { nodeId, change }, signal),
    removeNode: (nodeId, options, signal) => removeNode(api, { nodeId, ...options }, signal),
    admission: (signal) => readAdmission(api, signal),
    diagnose: (signal) => diagnose({ cluster: api, nodes, now }, signal),
    disk: async (nodeId, signal) => {
      const node = await nodes.find(nodeId, signal)
      return node && findLocalDisk(node, signal)
    },
    usage: async (nodeId, signal) => readUsage(await nodes.get(nodeId, 'add up what is kept', signal), signal),
    prune: async ({ nodeId, ...request }, signal) =>
      pruneEngine(
        await nodes.get(nodeId, 'prune', signal),
        { ...request, nowMs: now(), buildCache: wholeCache },
        signal,
      ),
    serviceImages: (signal) => listServiceImages(api, signal),
    configs: openConfigsApi(api),
    images: openImageStore({ nodes, auth }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([nodes[Symbol.asyncDispose](), api[Symbol.asyncDispose]()])
    },
  }
}

/** A context that cannot be read is no reason to fail: another may be the node looked for. */
const listContextEndpoints = async (configDir: string): Promise<readonly Endpoint[]> => {
  const contexts = await listContexts(configDir)
  const endpoints = await Promise.all(contexts.map((context) => parseContextEndpoint(context).catch(() => undefined)))
  return endpoints.filter((endpoint) => endpoint !== undefined)
}
