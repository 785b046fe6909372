import type { Context } from '@atoll/deploy'
import type { LeftManager, Recovery } from '@atoll/engine/swarm'
import type { ObservedNode } from '@atoll/plan'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../errors.ts'
import { reachAddress } from './reach-address.ts'

/** What is known before anything is done. */
export interface Standing {
  readonly recovery: Recovery
  readonly manager: LeftManager
  /** Addresses of other managers that answer this machine. */
  readonly answering: readonly string[]
  readonly silent: readonly string[]
}

export interface Recovered {
  readonly node: string
  /** Managers of before that are away. They are in no Raft, so they count for no majority. */
  readonly lost: readonly string[]
  /** Documents of environments that are there. */
  readonly environments: number
  readonly nodes: number
  readonly ready: number
}

type Reach = (address: string, signal: AbortSignal) => Promise<boolean>

/**
 * The first engine that is a manager, and which of the others answer. CommandError `no-manager` when none is one;
 * `nothing-to-do` when it has its quorum.
 */
export const findStanding = async (
  recoveries: readonly Recovery[],
  signal: AbortSignal,
  reach: Reach = reachAddress,
): Promise<Standing> => {
  const { recovery, manager } = await findManager(recoveries, signal)
  if (manager.hasQuorum) {
    throw new CommandError('nothing-to-do', `recover: the managers of ${manager.name} work together`, {
      hint: 'there is nothing to recover; "atoll doctor" looks for other troubles',
    })
  }
  const reached = await Promise.all(
    manager.others.map(async ({ address }) => ({ address, isThere: await reach(address, signal) })),
  )
  return {
    recovery,
    manager,
    answering: reached.filter(({ isThere }) => isThere).map(({ address }) => address),
    silent: reached.filter(({ isThere }) => !isThere).map(({ address }) => address),
  }
}

const findManager = async (recoveries: readonly Recovery[], signal: AbortSignal) => {
  const found: string[] = []
  for (const recovery of recoveries) {
    try {
      const manager = await recovery.look(signal)
      if (manager.role === 'manager') return { recovery, manager }
      found.push(`${recovery.name} is ${manager.role === 'worker' ? 'a worker' : 'in no Swarm'}`)
    } catch (error) {
      signal.throwIfAborted()
      found.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new CommandError('no-manager', `recover: no manager answers: ${found.join('; ')}`, {
    hint: 'name a manager that is left: --engine ssh://root@HOST',
  })
}

const answerMs = 60_000
const pauseMs = 500
/** Workers that are there tell a new leader so within seconds, or in half a minute when they asked the lost ones first. */
const settleMs = 60_000

/**
 * Makes a Swarm of what this manager knows. What was written last, and had not come to this manager, is gone. The managers that
 * were lost stay in the list of nodes: their volumes are bound to what they are called there.
 */
export const recover = async (
  context: Context,
  { recovery, manager }: Pick<Standing, 'recovery' | 'manager'>,
  signal: AbortSignal,
): Promise<Recovered> => {
  await recovery.beginAnew(signal)
  await awaitQuorum(recovery, signal)
  const nodes = await awaitNodes(context, manager, signal)
  const environments = await context.documents.list('environment', {}, signal)
  return {
    node: manager.name,
    lost: nodes.filter((node) => isLost(node, manager)).map(({ name }) => name),
    environments: environments.length,
    nodes: nodes.length,
    ready: nodes.filter(({ state }) => state === 'ready').length,
  }
}

const awaitQuorum = async (recovery: Recovery, signal: AbortSignal): Promise<void> => {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
  // The engine's own manager starts anew meanwhile.
  while (!(await recovery.look(limited)).hasQuorum) await delay(pauseMs, undefined, { signal: limited })
}

const isLost = ({ id, state }: ObservedNode, { others }: LeftManager): boolean =>
  state !== 'ready' && others.some(({ nodeId }) => nodeId === id)

const awaitNodes = async ({ engine, clock }: Context, manager: LeftManager, signal: AbortSignal) => {
  const untilMs = clock.now() + settleMs
  for (;;) {
    const nodes = await engine.nodes(signal)
    const isSettled = nodes.every((node) => node.state === 'ready' || isLost(node, manager))
    if (isSettled || clock.now() >= untilMs) return nodes
    await clock.wait(pauseMs, signal)
  }
}
