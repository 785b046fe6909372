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
  isManager: Spec.Role === 'manager' && isMember({ ManagerStatus }),
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

/**
 * Of the Raft. One that was made a manager is in it some seconds later, or never when it does not reach the others; one that was a
 * manager before a Swarm was begun anew is in none until it is back. Neither counts for a majority.
 */
const isMember = ({ ManagerStatus }: Pick<NodeReply, 'ManagerStatus'>): boolean => ManagerStatus != null

const nodeStates: readonly ObservedNode['state'][] = ['ready', 'down', 'unknown', 'disconnected']
const availabilities: readonly ObservedNode['availability'][] = ['active', 'pause', 'drain']
