import type { App, Network, Service } from '@atoll/spec'
import type { Warning } from '../action.ts'
import { eligibleNodes } from '../exclusions.ts'
import type { ObservedNode } from '../observed.ts'

/**
 * A network whose subnet has fewer addresses than its tasks take: those that get none never start, and no engine says why.
 * Besides tasks each node with one of them takes an address, and so does the gateway.
 */
export const warnOfSubnets = ({ networks, services }: App, nodes: readonly ObservedNode[]): readonly Warning[] =>
  networks.flatMap((network) => {
    const usable = countAddresses(network)
    if (usable === undefined) return []
    const users = services.filter((service) =>
      service.networks.some(({ engineName }) => engineName === network.engineName),
    )
    const tasks = users.reduce((sum, service) => sum + countTasks(service, nodes), 0)
    const onNodes = Math.min(tasks, nodes.length)
    if (tasks + onNodes <= usable) return []
    return [
      {
        kind: 'subnet-full',
        service: '',
        message: `network ${network.name}: its subnet has ${usable} addresses, ${tasks} tasks on up to ${onNodes} nodes take ${tasks + onNodes}`,
        hint: 'give the network a larger subnet, or none: Atoll then takes one of its own. One that exists cannot change: give it another name',
        // With all of them on one node there may be just enough.
        isBlocking: tasks + 1 > usable,
      },
    ]
  })

/** Of the IPv4 subnets the file names, without those of network, broadcast and gateway; undefined where it names none. */
const countAddresses = ({ ipam, isExternal }: Network): number | undefined => {
  const prefixes = (ipam?.subnets ?? []).map(({ subnet = '' }) => /^[\d.]+\/(\d{1,2})$/.exec(subnet)?.[1])
  if (isExternal || prefixes.length === 0 || prefixes.includes(undefined)) return undefined
  return prefixes.reduce((sum, prefix) => sum + Math.max(0, 2 ** (32 - Number(prefix)) - 3), 0)
}

const countTasks = (service: Service, nodes: readonly ObservedNode[]): number => {
  switch (service.mode.kind) {
    case 'replicated':
      return service.mode.replicas
    case 'once':
      return Math.min(service.mode.completions, service.mode.concurrency)
    case 'global':
    case 'once-per-node':
      return eligibleNodes(service, nodes).length
  }
}
