import type { EnvironmentRef } from '@atoll/engine'
import { avoid, plan } from '@atoll/plan'
import type { Action, Observed } from '@atoll/plan'
import { observe } from '../attempt/converge.ts'
import { desire } from '../attempt/desire.ts'
import { callToBegin } from '../context.ts'
import type { Call, Context, RunOptions } from '../context.ts'
import { runWithoutFiles } from '../derive.ts'
import { RefusedError, renderRef } from '../errors.ts'
import { getListed, listReleases } from '../ledger/ledger.ts'
import { awaitFree } from '../ledger/take-lease.ts'
import type { Outcome } from '../records.ts'

export interface HeedRequest {
  readonly ref: EnvironmentRef
  /** Compose names; all when not said. */
  readonly services?: readonly string[]
  /** They leave a node: several tasks at once. */
  readonly isMove?: true
  /** What is told of each: `leaves node-2, which is being drained`. */
  readonly why: string
}

/**
 * Brings the constraints of an environment's services to what the drains of nodes want of them, by a repair of its current
 * release that touches nothing else: a service that was changed behind us is left alone. Undefined: there is nothing to do.
 * BusyError while somebody deploys, who heeds the drains himself; RefusedError where a deployment was left half-way.
 */
export const heedDrains = async (
  context: Context,
  { ref, services, isMove, why }: HeedRequest,
  options: RunOptions,
): Promise<Outcome | undefined> => {
  const call = callToBegin(context, ref, options)
  const { current, isHalfWay, running } = await awaitFree(call)
  if (current === undefined) return undefined
  if (isHalfWay === true || running !== undefined) throw halfWay(ref)
  const names = (await listUnheeding(call, current)).filter((name) => services?.includes(name) ?? true)
  if (names.length === 0) return undefined
  const found = names.map((name) => `${name}: ${why}`)
  const move = isMove === undefined ? {} : { isMove }
  const task = { kind: 'repair', services: names, isWhole: false, isAutomatic: false, found, ...move } as const
  // What a deployment warned of was accepted then, and a move makes nothing of it worse.
  return runWithoutFiles(call, { task, release: current, basedOn: current, acceptsWarnings: true })
}

/** Services of which nothing but where they may run differs from what would be asked for now. */
const listUnheeding = async (call: Call, current: number): Promise<readonly string[]> => {
  const releases = await listReleases(call)
  const observed = await observe(call)
  const desired = desire(getListed(releases, current), releases, current)
  const actions = plan(desired, observed, call.context.clock.now())
  return actions.flatMap((action) => nameUnheeding(action, observed)).sort()
}

const nameUnheeding = (action: Action, { services }: Observed): readonly string[] => {
  if (action.kind !== 'update-service') return []
  const { service, changes } = action
  const fields = new Set(changes.map(({ field }) => field))
  const drift = services.find(({ engineName }) => engineName === service.engineName)?.drift ?? []
  return isOfDrain(fields, service.placement.constraints) && drift.length === 0 ? [service.name] : []
}

/** Other constraints, with zones that came meanwhile, at another pace, or once more a move that the engine gave up. */
const isOfDrain = (fields: ReadonlySet<string>, constraints: readonly string[]): boolean => {
  const isAway = constraints.some((constraint) => constraint.startsWith(avoid('')))
  if (fields.has('placement.constraints')) return fields.isSubsetOf(ofMoving)
  return fields.size > 0 && fields.isSubsetOf(ofTrying) && isAway
}

/** What a move that failed half-way may leave as it was asked for. */
const pace = 'update.parallelism'
const ofMoving: ReadonlySet<string> = new Set(['placement.constraints', 'placement.spread', pace])
const ofTrying: ReadonlySet<string> = new Set(['update', pace])

const halfWay = (ref: EnvironmentRef): RefusedError =>
  new RefusedError(`move services of ${renderRef(ref)}: a deployment was left half-way`, {
    hint: `finish it with "atoll resume ${renderRef(ref)}"`,
  })
