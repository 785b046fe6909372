import type { Service } from '@atoll/spec'
import type { Warning } from '../action.ts'
import { tasksPerNode } from '../effective.ts'
import { eligibleNodes } from '../exclusions.ts'
import type { ObservedNode } from '../observed.ts'

/** A number of tasks per node that leaves no place for all that are wanted: `web: one per node, 3 wanted, 2 nodes`. */
export const warnOfPolicy = (service: Service, nodes: readonly ObservedNode[]): readonly Warning[] => {
  if (service.mode.kind !== 'replicated') return []
  const perNode = tasksPerNode(service)
  const { replicas } = service.mode
  const count = eligibleNodes(service, nodes).length
  if (perNode === Infinity || replicas <= perNode * count) return []
  const each = perNode === 1 ? 'one per node' : `${perNode} per node`
  const isByPort = perNode !== service.placement.maxPerNode
  return [
    {
      kind: 'policy-unmet',
      service: service.name,
      message: `${service.name}: ${each}${isByPort ? ' (it publishes a port of the node)' : ''}, ${replicas} wanted, ${count} ${count === 1 ? 'node' : 'nodes'}`,
      hint: `add nodes, lower the number of replicas to ${perNode * count}, or allow more per node`,
      isBlocking: true,
    },
  ]
}
