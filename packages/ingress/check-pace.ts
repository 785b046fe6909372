import { servicesOf } from '@atoll/spec'
import type { RouteTable } from './table.ts'

const everyMs = 2_000
/** Connections a second, from each node, that are made for nothing but to see whether somebody answers. */
const mostASecond = 128

/**
 * How often each endpoint is asked for a connection: the more there are, the more seldom. In powers of two, for another pace is
 * another frame.
 */
export const paceOf = ({ environments }: RouteTable): number => {
  const servers = environments.reduce((sum, environment) => sum + countServers(environment), 0)
  let paceMs = everyMs
  while ((servers * 1_000) / paceMs > mostASecond) paceMs *= 2
  return paceMs
}

/** A task is asked once for each route that leads to it, or asks it. */
const countServers = ({ routes, endpoints }: RouteTable['environments'][number]): number =>
  routes.flatMap(servicesOf).reduce((sum, service) => sum + (endpoints[service]?.length ?? 0), 0)
