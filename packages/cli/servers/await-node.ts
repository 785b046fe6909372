import { setTimeout as delay } from 'node:timers/promises'
import type { HeldNode } from '@atoll/plan'
import { leaveSwarm } from '@atoll/server'
import type { Server } from '@atoll/server'
import type { Cluster } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'

const readyMs = 60_000
const downMs = 60_000
const everyMs = 300

type Nodes = Pick<Cluster, 'nodes' | 'removeNode'>

/** Until the managers see the node ready. CommandError `not-ready`. */
export const awaitReady = async (cluster: Nodes, nodeId: string, signal: AbortSignal): Promise<HeldNode> => {
  const node = await awaitNode(cluster, { nodeId, timeoutMs: readyMs, isSo: (seen) => seen?.state === 'ready' }, signal)
  if (node?.state === 'ready') return node
  throw new CommandError('not-ready', `the managers do not see node ${nodeId} ready after ${readyMs / 1000} s`, {
    hint: '"docker node ls" on a manager, and Docker\'s log on the server, say why',
  })
}

interface Awaited {
  readonly nodeId: string
  readonly timeoutMs: number
  readonly isSo: (node: HeldNode | undefined) => boolean
}

/** As it was at the last look. */
const awaitNode = async (
  cluster: Nodes,
  { nodeId, timeoutMs, isSo }: Awaited,
  signal: AbortSignal,
): Promise<HeldNode | undefined> => {
  const untilMs = performance.now() + timeoutMs
  for (;;) {
    const node = (await cluster.nodes(signal)).find(({ id }) => id === nodeId)
    if (isSo(node) || performance.now() >= untilMs) return node
    await delay(everyMs, undefined, { signal })
  }
}

const takeOutMs = 120_000

/** Out of the cluster again, both as the server and as the managers see it; also when we have been told to stop. */
export const takeOut = async (
  { server, cluster }: { readonly server: Server; readonly cluster: Nodes },
  nodeId: string,
): Promise<void> => {
  const signal = AbortSignal.timeout(takeOutMs)
  await leaveSwarm(server, signal)
  await awaitNode(cluster, { nodeId, timeoutMs: downMs, isSo: (node) => node?.state !== 'ready' }, signal)
  await cluster.removeNode({ node: nodeId, isForced: true }, signal)
}
