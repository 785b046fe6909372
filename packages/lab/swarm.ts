import { z } from 'zod'
import { askEngine } from './engine-client.ts'
import { LabError } from './errors.ts'
import type { Lab, LabNode } from './lab.ts'
import { waitUntil } from './wait-until.ts'

const SWARM_PORT = 2377
// Far from the lab's own 10.231.0.0/16; 1,024 networks of 4,096 addresses, so that big apps do not run out.
const ADDRESS_POOL = '10.64.0.0/10'
const POOL_PREFIX = 20

const infoSchema = z.object({
  Swarm: z.object({ LocalNodeState: z.string(), NodeID: z.string(), ControlAvailable: z.boolean(), Error: z.string() }),
})
const swarmSchema = z.object({ JoinTokens: z.object({ Worker: z.string(), Manager: z.string() }) })
const nodeSchema = z.object({
  ID: z.string(),
  Version: z.object({ Index: z.number() }),
  Spec: z.object({ Role: z.string(), Availability: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
  // A node that has just joined is not described yet.
  Description: z.object({ Hostname: z.string().default('') }),
  Status: z.object({ State: z.string() }),
  ManagerStatus: z.object({ Leader: z.boolean().optional(), Reachability: z.string() }).optional(),
})

export type SwarmNode = z.infer<typeof nodeSchema>

/** Makes one Swarm of a lab's running engines, with zone labels; does only what is missing. */
export const applySwarm = async (lab: Lab, signal: AbortSignal): Promise<void> => {
  const [first, ...others] = lab.nodes
  if (first === undefined) return
  await initSwarm(lab, first, signal)
  // One by one: each new manager changes the Raft's membership, which takes one change at a time.
  for (const node of others.filter((other) => other.isManager)) await joinSwarm(first, node, signal)
  await Promise.all(others.filter((other) => !other.isManager).map((node) => joinSwarm(first, node, signal)))
  await awaitReady(lab, signal)
  await labelZones(lab, first, signal)
}

const readState = async (node: LabNode): Promise<z.infer<typeof infoSchema>['Swarm']> =>
  infoSchema.parse(await askEngine(node.socket, { path: '/info' })).Swarm

/** Right after its start an engine of a Swarm is `pending` or in `error` until it has found its managers again. */
const awaitSettled = (node: LabNode, signal: AbortSignal) =>
  waitUntil(
    async () => {
      const state = await readState(node)
      return state.LocalNodeState === 'active' || state.LocalNodeState === 'inactive' ? state : undefined
    },
    { what: `the engine of ${node.name} to find its Swarm`, timeoutMs: 60_000, everyMs: 200, signal },
  )

const initSwarm = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<void> => {
  if ((await awaitSettled(node, signal)).LocalNodeState === 'active') return
  await askEngine(node.socket, {
    method: 'POST',
    path: '/swarm/init',
    body: {
      ListenAddr: `0.0.0.0:${SWARM_PORT}`,
      AdvertiseAddr: node.address,
      DefaultAddrPool: [ADDRESS_POOL],
      SubnetSize: POOL_PREFIX,
      Spec: { Dispatcher: { HeartbeatPeriod: lab.heartbeatMs * 1e6 } },
    },
  })
}

const joinSwarm = async (first: LabNode, node: LabNode, signal: AbortSignal): Promise<void> => {
  if ((await awaitSettled(node, signal)).LocalNodeState === 'active') return
  const { JoinTokens } = swarmSchema.parse(await askEngine(first.socket, { path: '/swarm' }))
  await askEngine(node.socket, {
    method: 'POST',
    path: '/swarm/join',
    timeoutMs: 60_000,
    body: {
      ListenAddr: `0.0.0.0:${SWARM_PORT}`,
      AdvertiseAddr: node.address,
      RemoteAddrs: [`${first.address}:${SWARM_PORT}`],
      JoinToken: node.isManager ? JoinTokens.Manager : JoinTokens.Worker,
    },
  })
}

/** Nodes of the Swarm as a manager sees them. */
const listSwarmNodes = async (manager: LabNode, timeoutMs = 10_000): Promise<SwarmNode[]> =>
  z.array(nodeSchema).parse(await askEngine(manager.socket, { path: '/nodes', timeoutMs }))

/** Waits until every manager sees every node ready and every manager reachable: one alone may be behind. */
export const awaitReady = async (lab: Lab, signal: AbortSignal, timeoutMs = 120_000): Promise<void> => {
  await waitUntil(async () => ((await isReady(lab)) ? true : undefined), {
    what: `all ${lab.nodes.length} nodes of lab ${lab.name} to be ready; see "atoll lab status --name ${lab.name}"`,
    timeoutMs,
    everyMs: 200,
    signal,
  })
}

const isReady = async (lab: Lab): Promise<boolean> => {
  const views = await Promise.all(lab.nodes.filter((node) => node.isManager).map(findView))
  return views.every((seen) => lab.nodes.every(({ name }) => seen.some((node) => isWell(node, name))))
}

const isWell = (node: SwarmNode, name: string): boolean =>
  node.Description.Hostname === name &&
  node.Status.State === 'ready' &&
  (node.ManagerStatus === undefined || node.ManagerStatus.Reachability === 'reachable')

/** The nodes as one manager sees them; none when it is off or without quorum. */
const findView = async (manager: LabNode): Promise<readonly SwarmNode[]> => {
  try {
    return await listSwarmNodes(manager, 3000)
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    return []
  }
}

/** What the first manager that answers says; an empty list when none does. */
export const findSwarmNodes = async (lab: Lab): Promise<readonly SwarmNode[]> => {
  for (const manager of lab.nodes.filter((node) => node.isManager)) {
    const seen = await findView(manager)
    if (seen.length > 0) return seen
  }
  return []
}

/** A node's version moves when its status does, so an update may come too late and is then made again. */
const labelZones = async (lab: Lab, manager: LabNode, signal: AbortSignal): Promise<void> => {
  for (const node of lab.nodes) {
    await waitUntil(() => labelZone(node, manager), {
      what: `the zone label of ${node.name}`,
      timeoutMs: 60_000,
      signal,
    })
  }
}

const labelZone = async (node: LabNode, manager: LabNode): Promise<true | undefined> => {
  const seen = (await listSwarmNodes(manager)).find((other) => other.Description.Hostname === node.name)
  if (seen === undefined) return undefined
  if (seen.Spec.Labels?.['zone'] === node.zone) return true
  const path = `/nodes/${seen.ID}/update?version=${seen.Version.Index}`
  const body = { ...seen.Spec, Labels: { ...seen.Spec.Labels, zone: node.zone } }
  try {
    await askEngine(manager.socket, { method: 'POST', path, body })
    return true
  } catch (error) {
    if (error instanceof LabError && error.message.includes('out of sequence')) return undefined
    throw error
  }
}
