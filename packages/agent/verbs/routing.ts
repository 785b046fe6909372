import { EngineError } from '@atoll/engine'
import type { Agent } from '../agent.ts'
import type { IngressKeeper } from '../ingress/keep-ingress.ts'
import type { Calls } from './calls.ts'
import type { Streams } from './streams.ts'

/** What routes need: of the Swarm, and of the ingress of this node. */
export const routingCalls: Pick<Calls, 'listEndpoints' | 'giveRoutes' | 'fetchSite' | 'readTally'> = {
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
}

export const routingStreams: Pick<Streams, 'followIngress' | 'watchServices'> = {
  followIngress: { isEndless: true, open: (agent, _request, signal) => getIngress(agent).follow(signal) },
  watchServices: {
    isEndless: true,
    open: ({ directory }, _request, signal) => directory.tasks.watchServices(signal),
  },
}

const getIngress = ({ ingress }: Agent): IngressKeeper => {
  if (ingress !== undefined) return ingress
  throw new EngineError('not-found', 'reach the ingress: this node has none')
}
