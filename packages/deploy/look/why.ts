import type { EnvironmentRef, TaskDetail } from '@atoll/engine'
import type { Observed } from '@atoll/plan'
import type { Context } from '../context.ts'
import { NotFoundError, renderRef } from '../errors.ts'
import { listDeployments } from '../ledger/ledger.ts'
import { findRepairs } from '../repair.ts'
import type { DeploymentRecord } from '../records.ts'
import { listDeaths } from './deaths.ts'
import { toReader } from './reader.ts'
import { findRepairTurn } from './repair-turn.ts'
import { buildTimeline } from './timeline.ts'
import type { TimelineEntry } from './timeline.ts'
import { findNames, findNodeEvents } from './watch-records.ts'

/** The containers of the newest deaths are asked what their tasks do not say; older ones are pruned anyway. */
const askedTasks = 10
const askMs = 3_000

/**
 * What happened to an environment, oldest first, as far as documents and the engine still know: the engine keeps the last
 * five tasks of a slot. NotFoundError when there is nothing of it.
 */
export const why = async (
  context: Context,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<readonly TimelineEntry[]> => {
  const reader = toReader(context, ref, signal)
  const [deployments, observed, names, nodeEvents] = await Promise.all([
    listDeployments(reader),
    context.engine.observe(ref, signal),
    findNames(reader),
    findNodeEvents(reader),
  ])
  if (deployments.length === 0 && observed.services.length === 0) {
    throw new NotFoundError(`${renderRef(ref)}: nothing of it is here`, '"atoll ls" lists what is')
  }
  const details = await askDetails(context, { observed, deployments }, signal)
  const nowMs = context.clock.now()
  const unrepaired =
    findRepairTurn(deployments, nowMs).kind === 'given-up' ? await findRepairs(context, ref, signal) : []
  return buildTimeline({ deployments, observed, details, nowMs, unrepaired, names, nodeEvents })
}

const askDetails = async (
  { engine }: Context,
  { observed, deployments }: { readonly observed: Observed; readonly deployments: readonly DeploymentRecord[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TaskDetail>> => {
  const dead = observed.services
    .filter(({ isOwned }) => isOwned)
    .flatMap((service) => [...listDeaths(service, deployments)])
    .filter(({ state }) => state === 'failed' || state === 'complete')
    .toSorted((a, b) => b.sinceMs - a.sinceMs)
    .slice(0, askedTasks)
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(askMs)])
  const found = await Promise.allSettled(
    dead.map(async ({ id }) => [id, await engine.inspectTask(id, bounded)] as const),
  )
  signal.throwIfAborted()
  // A node that is away takes its part of the story with it; the rest is worth telling.
  return new Map(found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])))
}
