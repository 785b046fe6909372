import type { ObservedNode } from '@atoll/plan'
import type { Api } from './client.ts'
import { nodesReply } from './replies.ts'
import type { NodeReply } from './replies.ts'

/** Every node of the Swarm, by name. */
export const observeNodes = async (api: Api, signal: AbortSignal): Promise<readonly ObservedNode[]> => {
  const nodes = await api.json({ method: 'GET', path: '/nodes' }, nodesReply, signal)
  return nodes
    .map(observeNode)
    .sort((a, b) => (a.name === b.name ? compareText(a.id, b.id) : compareText(a.name, b.name)))
}

const compareText = (a: string, b: string): number => (a < b ? -1 : 1)

const observeNode = ({ ID, Spec, Description, Status, ManagerStatus }: NodeReply): ObservedNode => ({
  id: ID,
  name: Description.Hostname,
  isManager: Spec.Role === 'manager' && !isNoMember({ Status, ManagerStatus }),
  isLeader: ManagerStatus?.Leader === true,
  state: nodeStates.find((state) => state === Status.State) ?? 'unknown',
  availability: availabilities.find((availability) => availability === Spec.Availability) ?? 'active',
  labels: Spec.Labels,
  engineVersion: Description.Engine.EngineVersion ?? '',
  engineLabels: Description.Engine.Labels,
  os: Description.Platform.OS ?? '',
  architecture: Description.Platform.Architecture ?? '',
  address: Status.Addr ?? '',
  nanoCpus: Description.Resources.NanoCPUs ?? 0,
  memoryBytes: Description.Resources.MemoryBytes ?? 0,
})

/** Was a manager before a Swarm was begun anew: until it is back it is in no Raft, and counts for no majority. */
const isNoMember = ({ Status, ManagerStatus }: Pick<NodeReply, 'Status' | 'ManagerStatus'>): boolean =>
  ManagerStatus == null && Status.State !== 'ready'

const nodeStates: readonly ObservedNode['state'][] = ['ready', 'down', 'unknown', 'disconnected']
const availabilities: readonly ObservedNode['availability'][] = ['active', 'pause', 'drain']
