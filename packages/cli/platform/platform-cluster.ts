import { ApiError } from '@atoll/api'
import type { Client, Input } from '@atoll/api'
import type { Outcome, RunOptions } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import type { App } from '@atoll/spec'
import type { Cluster, DeployProject, ListedRelease } from '../cluster/cluster.ts'
import { UsageError } from '../errors.ts'
import { createPlatformBackups } from './backups.ts'
import type { BuiltImages } from './build-images.ts'
import type { OpenExecConnection } from './exec-connection.ts'
import { execOverPlatform } from './exec.ts'
import { joinTeam } from './join-team.ts'
import { listAll } from './list-all.ts'
import { readLogs } from './logs.ts'
import { createPlatformNodes } from './nodes.ts'
import { openPlatformReach } from './reach.ts'
import { runOperation } from './run-operation.ts'
import { createPlatformStorage } from './storage.ts'
import { watchStatus } from './watch-status.ts'
import { askWhatIf } from './what-if.ts'

/** A cluster behind its controls, asked over the API. */
export const createPlatformCluster = (client: Client, openExec: OpenExecConnection): Cluster => {
  const run = (ref: EnvironmentRef, body: Input<'startDeployment'>['body'], options: RunOptions): Promise<Outcome> =>
    runOperation(client, { ref, body }, options)
  return {
    listNames: async (signal) => (await listApps(client, signal)).map(({ ref }) => ref),
    list: (signal) => listApps(client, signal),
    status: (params, signal) => client.call('getStatus', { params }, signal),
    watchStatus: (ref, signal) => watchStatus({ client }, ref, signal),
    why: async (params, signal) => (await client.call('getTimeline', { params }, signal)).items,
    whatIf: (request, signal) => askWhatIf(client, request, signal),
    foreseeRebalancing: ({ isStateful, ...question }, signal) =>
      client.call('getRebalancing', { query: { ...question, ...(isStateful ? { stateful: 'true' } : {}) } }, signal),
    releases: (params, signal): Promise<readonly ListedRelease[]> =>
      listAll((query) => client.call('listReleases', { params, query }, signal)),
    findReceipt: async (ref, number, signal) => {
      if (number !== undefined) return findReceipt(client, { ...ref, number }, signal)
      return (await client.call('listDeployments', { params: ref, query: { limit: 1 } }, signal)).items[0]?.receipt
    },
    diff: async ({ ref, ...query }, signal) =>
      (await client.call('diffReleases', { params: ref, query }, signal)).items,
    preview: ({ app, upload }, signal) => client.call('planProject', { params: refOf(app), body: upload() }, signal),
    contents: async (params, signal) => {
      const { services, volumes } = await client.call('getStatus', { params }, signal)
      return { services: services.map(({ service }) => service), networks: [], configs: [], secrets: [], volumes }
    },
    volumes: async (params, signal) => {
      const { items } = await client.call('listVolumes', { params }, signal)
      return items.map(({ isReachable, ...volume }) => ({ volume, isReachable }))
    },
    logs: (query, signal) => readLogs(client, query, signal),
    exec: (request, signal) => execOverPlatform({ client, open: openExec }, request, signal),
    ...openPlatformReach({ client, open: openExec }),
    listRoutes: (signal) => listAll((query) => client.call('listRoutes', { query }, signal)),
    diagnose: (signal) => client.call('getDoctor', {}, signal),
    ...createPlatformNodes(client),
    ...createPlatformStorage(client),
    ...createPlatformBackups(client),
    deploy: async (request, options) => {
      if (request.registry !== undefined) throw ownRegistry()
      await joinTeam(client, request, options.signal)
      const { buildImages } = await import('./build-images.ts')
      const images = await buildImages(client, request.app, options)
      return run(refOf(request.app), toBody(request, images), options)
    },
    promoteCanary: ({ ref }, options) => run(ref, { kind: 'promote-canary' }, options),
    abortCanary: ({ ref }, options) => run(ref, { kind: 'abort-canary' }, options),
    rollback: ({ ref, ...request }, options) => run(ref, { kind: 'rollback', ...request }, options),
    scale: ({ ref, ...request }, options) => run(ref, { kind: 'scale', ...request }, options),
    addRoute: ({ ref, service, route }, options) =>
      // What no route can be is for the control to say.
      run(ref, { kind: 'add-route', service, route } as Input<'startDeployment'>['body'], options),
    removeRoute: ({ ref, route }, options) => run(ref, { kind: 'remove-route', route }, options),
    restart: ({ ref, ...request }, options) => run(ref, { kind: 'restart', ...request }, options),
    repair: ({ ref, ...request }, options) => run(ref, { kind: 'repair', ...request }, options),
    rebalance: ({ ref, isStateful }, options) => run(ref, { kind: 'rebalance', isStateful }, options),
    adopt: ({ ref }, options) => run(ref, { kind: 'adopt' }, options),
    remove: ({ ref, ...request }, options) => run(ref, { kind: 'remove', ...request }, options),
    moveVolume: ({ ref, ...request }, options) => run(ref, { kind: 'move-volume', ...request }, options),
    resume: ({ ref }, options) => run(ref, { kind: 'resume' }, options),
  }
}

const listApps = (client: Client, signal: AbortSignal) => listAll((query) => client.call('listApps', { query }, signal))

const refOf = ({ name, environment }: App): EnvironmentRef => ({ app: name, environment })

const toBody = (
  { upload, git, acceptsWarnings, canary }: DeployProject,
  images: BuiltImages,
): Input<'startDeployment'>['body'] => ({
  kind: 'deploy',
  project: upload(),
  acceptsWarnings,
  ...(Object.keys(images).length === 0 ? {} : { images }),
  ...(git === undefined ? {} : { git }),
  ...(canary === undefined ? {} : { canary }),
})

const ownRegistry = (): UsageError =>
  new UsageError(
    '--registry is for a swarm that is asked itself: a platform has its own',
    'leave it out, or add --engine',
  )

const findReceipt = async (client: Client, params: Input<'getDeployment'>['params'], signal: AbortSignal) => {
  try {
    return (await client.call('getDeployment', { params }, signal)).receipt
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}
