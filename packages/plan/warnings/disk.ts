import type { Service } from '@atoll/spec'
import type { Warning } from '../action.ts'
import { diskLadder } from '../disk.ts'
import { exclusions } from '../exclusions.ts'
import type { Observed, ObservedNode } from '../observed.ts'

/** Nodes without room that would have to take an image they do not run yet. */
export const warnOfDisk = (service: Service, { nodes, services }: Observed): readonly Warning[] => {
  const full = nodes.filter(({ disk }) => disk !== undefined && disk.usedShare >= diskLadder.refuseDeployments)
  if (full.length === 0) return []
  const excluded = new Set(exclusions(service, nodes).map(({ node }) => node))
  const tasks = services.find(({ engineName }) => engineName === service.engineName)?.tasks ?? []
  const runsThere = ({ id }: ObservedNode): boolean =>
    tasks.some(({ nodeId, image, desired }) => nodeId === id && desired === 'running' && image === service.image)
  const reached = full.filter((node) => !excluded.has(node.name) && !runsThere(node))
  if (reached.length === 0) return []
  const names = reached.map(({ name, disk }) => `${name} (${Math.floor((disk?.usedShare ?? 1) * 100)} %)`).join(', ')
  return [
    {
      kind: 'disk-full',
      service: service.name,
      message: `${service.name}: its image could go to a node whose disk is full: ${names}`,
      hint: `make room there ("atoll df", "atoll prune --node ${reached[0]?.name}"), or drain it`,
      isBlocking: true,
    },
  ]
}
