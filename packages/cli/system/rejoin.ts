import type { Context } from '@atoll/deploy'
import type { LeftManager, Recovery } from '@atoll/engine/swarm'
import { CommandError } from '../errors.ts'

export interface Rejoined {
  readonly node: string
  readonly nodeId: string
  /** Entries of it in the list of nodes that are gone now. */
  readonly removed: number
}

interface Parties {
  readonly managers: readonly Recovery[]
  readonly returned: Recovery
}

const readyMs = 60_000
const pauseMs = 500

/**
 * A server of before forgets the Swarm it was in, and joins that of these managers as a worker; what it was there before is taken
 * off the list. CommandError `refused` when it is one of them and ready, `no-manager` when none of them leads.
 */
export const rejoin = async (
  context: Context,
  { managers, returned }: Parties,
  signal: AbortSignal,
): Promise<Rejoined> => {
  const manager = await findLeading(managers, signal)
  const before = await returned.look(signal)
  await refuseThere(context, before, signal)
  const token = await manager.recovery.workerToken(signal)
  await returned.joinAnew({ manager: `${manager.seen.address}:2377`, token }, signal)
  const { nodeId, name } = await awaitReady(context, returned, signal)
  const stale = (await context.engine.nodes(signal)).filter(
    (node) => node.name === name && node.id !== nodeId && node.state !== 'ready',
  )
  for (const node of stale) {
    if (node.isManager) await context.engine.changeRole(node.id, 'worker', signal)
    await context.engine.removeNode(node.id, { isForced: true }, signal)
  }
  return { node: name, nodeId, removed: stale.length }
}

const findLeading = async (managers: readonly Recovery[], signal: AbortSignal) => {
  for (const recovery of managers) {
    const seen = await recovery.look(signal).catch(() => undefined)
    signal.throwIfAborted()
    if (seen?.hasQuorum === true) return { recovery, seen }
  }
  throw new CommandError('no-manager', 'take a server in again: no manager with a majority answers', {
    hint: 'name one: --engine ssh://root@HOST; without a majority "atoll recover" comes first',
  })
}

const refuseThere = async ({ engine }: Context, { nodeId, name }: LeftManager, signal: AbortSignal): Promise<void> => {
  const known = (await engine.nodes(signal)).find(({ id }) => id === nodeId)
  if (known?.state !== 'ready') return
  throw new CommandError('refused', `take ${name} in again: it is in this cluster, and ready`, {
    hint: `"atoll node show ${name}" tells of it`,
  })
}

const awaitReady = async (
  { engine, clock }: Context,
  returned: Recovery,
  signal: AbortSignal,
): Promise<LeftManager> => {
  const untilMs = clock.now() + readyMs
  for (;;) {
    const seen = await returned.look(signal)
    const nodes = await engine.nodes(signal)
    if (nodes.some(({ id, state }) => id === seen.nodeId && state === 'ready')) return seen
    if (clock.now() >= untilMs) {
      throw new CommandError('timeout', `take ${seen.name} in again: it is not ready after ${readyMs / 1000} s`, {
        hint: 'look with "atoll node ls", and at the log of its engine',
      })
    }
    await clock.wait(pauseMs, signal)
  }
}
