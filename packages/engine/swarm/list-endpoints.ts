import { z } from 'zod'
import type { ServicesChange, TaskEndpoint } from '../routing.ts'
import type { Api } from './client.ts'
import { eventReply, list } from './replies.ts'
import { readJsonLines } from './streams.ts'
import { locateAddress } from './subnets.ts'

const serviceNames = list(z.object({ ID: z.string(), Spec: z.object({ Name: z.string() }) }))

const attachedTasks = list(
  z.object({
    ID: z.string(),
    ServiceID: z.string(),
    NodeID: z.string().optional(),
    Status: z.object({ State: z.string() }),
    NetworksAttachments: list(
      z.object({ Network: z.object({ Spec: z.object({ Name: z.string() }) }), Addresses: list(z.string()) }),
    ),
  }),
)

/** Two questions, however many services: the engine filters by name and by id. */
export const listEndpoints = async (
  api: Api,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly TaskEndpoint[]> => {
  if (wanted.length === 0) return []
  const byName = { filters: { name: wanted } }
  const services = await api.json({ method: 'GET', path: '/services', query: byName }, serviceNames, signal)
  // The engine takes a name for the beginning of one.
  const names = new Map(services.filter(({ Spec }) => wanted.includes(Spec.Name)).map((it) => [it.ID, it.Spec.Name]))
  if (names.size === 0) return []
  const filters = { service: [...names.keys()], 'desired-state': ['running'] }
  const tasks = await api.json({ method: 'GET', path: '/tasks', query: { filters } }, attachedTasks, signal)
  return tasks.flatMap(({ ID: taskId, ServiceID, NodeID: nodeId, Status, NetworksAttachments }) => {
    const service = names.get(ServiceID)
    if (service === undefined || !nodeId || Status.State !== 'running') return []
    const networks = NetworksAttachments.flatMap(({ Network, Addresses }) => {
      const [first] = Addresses
      if (first === undefined) return []
      const { subnet } = locateAddress(first)
      return [{ name: Network.Spec.Name, subnet, address: first.split('/')[0] ?? '' }]
    })
    return [{ service, taskId, nodeId, networks }]
  })
}

const changing = ['service', 'node'] as const

/** Ends when the engine's stream does, and throws what broke it. */
export async function* watchServices(api: Api, signal: AbortSignal): AsyncIterable<ServicesChange> {
  const query = { filters: { type: changing, scope: ['swarm'] } }
  const stream = await api.stream({ method: 'GET', path: '/events', query, doing: 'watch services' }, signal)
  for await (const line of readJsonLines(stream)) {
    const type = eventReply.safeParse(line).data?.Type
    const kind = changing.find((each) => each === type)
    if (kind !== undefined) yield { kind }
  }
}
