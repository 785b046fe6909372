import { EngineError } from '@atoll/engine'
import type { Agent } from '../agent.ts'
import type { IngressKeeper } from '../ingress/keep-ingress.ts'
import type { Calls } from './calls.ts'
import type { Streams } from './streams.ts'

/** What routes need: of the Swarm, and of the ingress of this node. */
export const routingCalls: Pick<
  Calls,
  'listEndpoints' | 'giveRoutes' | 'fetchSite' | 'readTally' | 'streams.giveRoutes' | 'streams.readTally'
> = {
  listEndpoints: ({ directory }, { services }, signal) => directory.tasks.listEndpoints(services, signal),
  giveRoutes: async (agent, table, signal) => {
    await getIngress(agent).give(table, signal)
    return {}
  },
  fetchSite: async (agent, site, signal) => {
    await getIngress(agent).fetchSite(site, signal)
    return {}
  },
  readTally: (agent, query, signal) => getIngress(agent).readTally(query, signal),
  'streams.giveRoutes': async (agent, table, signal) => {
    await getStreams(agent).give(table, signal)
    return {}
  },
  'streams.readTally': (agent, query, signal) => getStreams(agent).readTally(query, signal),
}

export const routingStreams: Pick<Streams, 'followIngress' | 'streams.followIngress' | 'watchServices'> = {
  followIngress: { isEndless: true, open: (agent, _request, signal) => getIngress(agent).follow(signal) },
  'streams.followIngress': { isEndless: true, open: (agent, _request, signal) => getStreams(agent).follow(signal) },
  watchServices: {
    isEndless: true,
    open: ({ directory }, _request, signal) => directory.tasks.watchServices(signal),
  },
}

const getIngress = ({ ingress }: Agent): IngressKeeper => {
  if (ingress !== undefined) return ingress
  throw new EngineError('not-found', 'reach the ingress: this node has none')
}

const getStreams = ({ streams }: Agent): IngressKeeper => {
  if (streams !== undefined) return streams
  throw new EngineError('not-found', 'reach the ingress of stream ports: this node has none')
}
