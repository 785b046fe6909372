import type { Context } from '@atoll/deploy'
import type { ObservedNode } from '@atoll/plan'
import { leaveSwarm } from '@atoll/server'
import type { Server } from '@atoll/server'
import { CommandError } from '../errors.ts'

const readyMs = 60_000
const downMs = 60_000
const everyMs = 300

type World = Pick<Context, 'engine' | 'clock'>

/** Until the managers see the node ready. CommandError `not-ready`. */
export const awaitReady = async (context: World, nodeId: string, signal: AbortSignal): Promise<ObservedNode> => {
  const node = await awaitNode(context, { nodeId, timeoutMs: readyMs, isSo: (seen) => seen?.state === 'ready' }, signal)
  if (node?.state === 'ready') return node
  throw new CommandError('not-ready', `the managers do not see node ${nodeId} ready after ${readyMs / 1000} s`, {
    hint: '"docker node ls" on a manager, and Docker\'s log on the server, say why',
  })
}

interface Awaited {
  readonly nodeId: string
  readonly timeoutMs: number
  readonly isSo: (node: ObservedNode | undefined) => boolean
}

/** As it was at the last look. */
const awaitNode = async (
  { engine, clock }: World,
  { nodeId, timeoutMs, isSo }: Awaited,
  signal: AbortSignal,
): Promise<ObservedNode | undefined> => {
  const untilMs = clock.now() + timeoutMs
  for (;;) {
    const node = (await engine.nodes(signal)).find(({ id }) => id === nodeId)
    if (isSo(node) || clock.now() >= untilMs) return node
    await clock.wait(everyMs, signal)
  }
}

const takeOutMs = 120_000

/** Out of the cluster again, both as the server and as the managers see it; also when we have been told to stop. */
export const takeOut = async (
  { server, context }: { readonly server: Server; readonly context: World },
  nodeId: string,
): Promise<void> => {
  const signal = AbortSignal.timeout(takeOutMs)
  await leaveSwarm(server, signal)
  await awaitNode(context, { nodeId, timeoutMs: downMs, isSo: (node) => node?.state !== 'ready' }, signal)
  await context.engine.removeNode(nodeId, { isForced: true }, signal)
}
