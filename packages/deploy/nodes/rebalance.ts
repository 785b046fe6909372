import type { EnvironmentRef } from '@atoll/engine'
import { describeUneven, explainStaying, findDrain, findRebalancing } from '@atoll/plan'
import type { Occupancy, PlacedService, RebalancedService, Rebalancing } from '@atoll/plan'
import { callToBegin } from '../context.ts'
import type { Context, RunOptions } from '../context.ts'
import { runWithoutFiles } from '../derive.ts'
import { NotFoundError, NothingToDoError, RefusedError, renderRef } from '../errors.ts'
import { awaitFree } from '../ledger/take-lease.ts'
import type { Outcome } from '../records.ts'

export interface RebalanceQuestion {
  /** Of all when not said. */
  readonly app?: string
  readonly environment?: string
  /** Also services that stop before they start in an update. */
  readonly isStateful: boolean
}

export interface RebalanceAnswer extends Rebalancing {
  readonly atMs: number
  /** Uneven, too, and left as they are. */
  readonly staying: readonly StayingService[]
}

export interface StayingService {
  readonly ref: EnvironmentRef
  readonly service: string
  readonly because: string
}

type World = Pick<Context, 'clock' | 'engine'>

/** What would move, and where to; nothing is changed. NotFoundError when nothing of the app runs here. */
export const foreseeRebalancing = async (
  { engine, clock }: World,
  question: RebalanceQuestion,
  signal: AbortSignal,
): Promise<RebalanceAnswer> => {
  const occupancy = await engine.occupancy(signal)
  refuseUnknown(occupancy, question)
  const isAsked = (service: PlacedService): boolean => isIn(service, question)
  const uneven = findRebalancing(occupancy, isAsked).services
  const staying = await listStaying({ engine, clock }, { uneven, question }, signal)
  const left = new Set(staying.map(({ engineName }) => engineName))
  const found = findRebalancing(occupancy, (service) => isAsked(service) && !left.has(service.engineName))
  return {
    atMs: clock.now(),
    ...found,
    staying: staying.map(({ ref, service, because }) => ({ ref, service, because })),
  }
}

/** The platform is changed by nobody but itself. */
const isIn = ({ ref }: PlacedService, { app, environment }: RebalanceQuestion): boolean =>
  ref !== undefined &&
  ref.app !== 'atoll' &&
  (app === undefined || ref.app === app) &&
  (environment === undefined || ref.environment === environment)

const refuseUnknown = ({ services }: Occupancy, question: RebalanceQuestion): void => {
  const { app, environment } = question
  if (app === undefined || services.some((service) => isIn(service, question))) return
  const name = environment === undefined ? app : `${app}/${environment}`
  throw new NotFoundError(`spread tasks of ${name} again: nothing of it runs here`, '"atoll ls" lists what does')
}

interface Uneven {
  readonly uneven: readonly RebalancedService[]
  readonly question: RebalanceQuestion
}

type Staying = StayingService & { readonly engineName: string }

/** What an engine knows of a service's place does not say how it is updated, so its environment is looked at. */
const listStaying = async (
  { engine }: World,
  { uneven, question }: Uneven,
  signal: AbortSignal,
): Promise<readonly Staying[]> => {
  const refs = new Map(uneven.map(({ ref }) => [renderRef(ref), ref]))
  const staying: Staying[] = []
  for (const [name, ref] of refs) {
    const { services } = await engine.observe(ref, signal)
    for (const { engineName, service } of uneven.filter((each) => renderRef(each.ref) === name)) {
      const because = explain(
        services.find((found) => found.engineName === engineName),
        question,
      )
      if (because !== undefined) staying.push({ ref, service, engineName, because })
    }
  }
  return staying
}

type Found = Awaited<ReturnType<Context['engine']['observe']>>['services'][number]

const explain = (found: Found | undefined, { isStateful }: RebalanceQuestion): string | undefined => {
  if (found?.definition === undefined) return 'what it was asked for cannot be read'
  if (found.drift.length > 0) return 'somebody changed it behind Atoll'
  if (found.definition.mode.kind === 'replicated' && isStateful) return undefined
  return explainStaying(found.definition)
}

export interface RebalanceRequest {
  readonly ref: EnvironmentRef
  readonly isStateful: boolean
  /** The setting of the cluster asks, and no person. */
  readonly isAutomatic?: boolean
}

/**
 * Moves tasks of an environment's uneven services, one at a time, each started before one is stopped. RefusedError while a
 * node is being drained, or where a deployment was left half-way; NothingToDoError when all is even.
 */
export const rebalance = async (
  context: Context,
  { ref, isStateful, isAutomatic = false }: RebalanceRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const { current, isHalfWay, running } = await awaitFree(call)
  if (current === undefined) throw noRelease(ref)
  if (isHalfWay === true || running !== undefined) throw halfWay(ref)
  await refuseDuringDrain(context, ref, options.signal)
  const { services } = await foreseeRebalancing(context, { ...ref, isStateful }, options.signal)
  if (services.length === 0) throw new NothingToDoError(`${renderRef(ref)} is spread as evenly as it can be`)
  const task = {
    kind: 'rebalance' as const,
    services: services.map(({ service }) => service),
    isAutomatic,
    found: services.map(describeUneven),
  }
  return runWithoutFiles(call, { task, release: current, basedOn: current, acceptsWarnings: true })
}

const refuseDuringDrain = async ({ engine }: World, ref: EnvironmentRef, signal: AbortSignal): Promise<void> => {
  const nodes = await engine.nodes(signal)
  const moving = nodes.find((node) => findDrain(node) !== undefined && node.availability !== 'drain')
  if (moving === undefined) return
  throw new RefusedError(`spread tasks of ${renderRef(ref)} again: ${moving.name} is being drained`, {
    hint: `wait until it is empty: "atoll node drain ${moving.name}" follows it`,
  })
}

const noRelease = (ref: EnvironmentRef): RefusedError =>
  new RefusedError(`spread tasks of ${renderRef(ref)} again: no release has converged here yet`, {
    hint: 'deploy it first: "atoll deploy"',
  })

const halfWay = (ref: EnvironmentRef): RefusedError =>
  new RefusedError(`spread tasks of ${renderRef(ref)} again: a deployment was left half-way`, {
    hint: `finish it first: "atoll resume ${renderRef(ref)}"`,
  })
