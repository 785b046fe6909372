import {
  closeDrillRecord,
  dropDrillRecord,
  findLastDrill,
  getNode,
  listDrills,
  openDrillRecord,
  watchLoss,
} from '@atoll/deploy'
import type { Context, DrillKind, DrillRecord, LossWatch } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import { explainOutcome, whatIf } from '@atoll/plan'
import type { Occupancy, WhatIf } from '@atoll/plan'
import { beginDrill } from '@atoll/server'
import type { Server } from '@atoll/server'
import { CommandError } from '../errors.ts'
import type { Steps } from '../servers/lay-ground.ts'
import type { Ask } from './probe-ports.ts'
import { listTargets } from './probe-ports.ts'
import { openTrafficWatch } from './watch-traffic.ts'
import type { TrafficWatch } from './watch-traffic.ts'

export interface DrillOrder {
  readonly kind: DrillKind
  readonly lastsMs: number
  readonly foreseen: Foreseen
}

/** What the loss would do, before anything is done. */
export interface Foreseen {
  readonly nodeId: string
  readonly node: string
  readonly address: string
  readonly occupancy: Occupancy
  readonly outcome: WhatIf
  /** What would be missed, a line each. */
  readonly risks: readonly string[]
}

export interface DrillOutcome {
  readonly drill: DrillRecord
  /** The one before of the same kind on that node. */
  readonly last?: DrillRecord
}

/** Between two looks, and two requests. */
const everyMs = 250
/** Once it is put back the node has to be heard of again, or to boot. */
const patienceMs = 300_000

/** NotFoundError when there is no such node; CommandError `not-ready` when it, or another, is away already. */
export const foreseeDrill = async (
  { engine }: Pick<Context, 'engine'>,
  given: string,
  signal: AbortSignal,
): Promise<Foreseen> => {
  const occupancy = await engine.occupancy(signal)
  const { id, name, address } = getNode(occupancy.nodes, given, `drill ${given}`)
  const away = occupancy.nodes.filter(({ state }) => state !== 'ready').map((node) => node.name)
  if (away.length > 0) {
    throw new CommandError('not-ready', `drill ${name}: ${away.join(', ')} is away already`, {
      hint: 'a drill begins with all nodes ready: "atoll node ls"',
    })
  }
  const outcome = whatIf(occupancy, [id])
  return { nodeId: id, node: name, address, occupancy, outcome, risks: explainOutcome(outcome) }
}

interface World {
  readonly context: Context
  readonly server: Server
  readonly ask: Ask
  readonly steps: Steps
}

/**
 * Makes the failure, watches what comes of it until the node is back, and keeps the report. What the server was told to do it does
 * without us: an interrupted drill ends there by itself, and has no times.
 */
export const conductDrill = async (
  world: World,
  { kind, lastsMs, foreseen }: DrillOrder,
  signal: AbortSignal,
): Promise<DrillOutcome> => {
  const { context, steps } = world
  const { clock, documents } = context
  const { node, nodeId, occupancy, outcome, risks } = foreseen
  steps.onStep('see which ports answer here')
  const traffic = await openTrafficWatch(listTargets(occupancy, nodeId), { ask: world.ask, now: () => clock.now() })
  const begun = { node, kind, by: context.owner, beganAtMs: clock.now(), lastsMs, foreseen: risks }
  const drill = await openDrillRecord(documents, { ...begun, traffic: [], unseen: traffic.unseen }, signal)
  const loss = watchLoss(nodeId, occupancy, outcome)
  await strike(world, { drill, order: { kind, lastsMs, foreseen } }, signal)
  try {
    steps.onStep(`${describeKind(kind)} of ${node} fails now; it is put back after ${Math.round(lastsMs / 1000)} s`)
    await observe(world, { loss, traffic, untilMs: clock.now() + lastsMs + patienceMs }, signal)
  } finally {
    const ended = { ...drill, ...loss.measured(), traffic: traffic.count(), endedAtMs: clock.now() }
    await closeDrillRecord(documents, ended, AbortSignal.timeout(closeMs))
  }
  const drills = await listDrills(documents, signal)
  const kept = drills.find(({ number }) => number === drill.number) ?? drill
  const last = findLastDrill(drills, kept)
  return { drill: kept, ...(last === undefined ? {} : { last }) }
}

const closeMs = 60_000

const strike = async (
  { context, server }: World,
  { drill, order: { kind, lastsMs } }: { readonly drill: DrillRecord; readonly order: DrillOrder },
  signal: AbortSignal,
): Promise<void> => {
  try {
    await beginDrill(server, { kind, lastsSeconds: Math.ceil(lastsMs / 1000) }, signal)
  } catch (error) {
    await dropDrillRecord(context.documents, drill, AbortSignal.timeout(closeMs))
    throw error
  }
}

const describeKind = (kind: DrillKind): string => (kind === 'power' ? 'the power' : `the ${kind}`)

interface Watched {
  readonly loss: LossWatch
  readonly traffic: TrafficWatch
  readonly untilMs: number
}

/** Requests go on while managers elect and answer nobody. */
const observe = async (world: World, { loss, traffic, untilMs }: Watched, signal: AbortSignal): Promise<void> => {
  const { clock } = world.context
  const beganMs = clock.now()
  const tell = createTeller(world.steps)
  const over = new AbortController()
  const asking = askUntil(world, traffic, AbortSignal.any([signal, over.signal]))
  try {
    while (!loss.isOver() && clock.now() < untilMs) {
      const occupancy = await look(world.context, signal)
      loss.see(clock.now() - beganMs, occupancy)
      tell(loss)
      await clock.wait(everyMs, signal)
    }
  } finally {
    over.abort()
    await asking
  }
}

const askUntil = async ({ context: { clock } }: World, traffic: TrafficWatch, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await traffic.ask()
    await clock.wait(everyMs, signal).catch(() => undefined)
  }
}

/** Undefined while no manager answers. */
const look = async ({ engine }: Context, signal: AbortSignal): Promise<Occupancy | undefined> => {
  try {
    return await engine.occupancy(signal)
  } catch (error) {
    if (error instanceof EngineError && !signal.aborted) return undefined
    throw error
  }
}

/** Each once. */
const createTeller = (steps: Steps): ((loss: LossWatch) => void) => {
  let told = ''
  return (loss) => {
    const step = describeStage(loss)
    if (step !== told) steps.onStep(step)
    told = step
  }
}

const describeStage = (loss: LossWatch): string => {
  const { detectedMs, wholeMs } = loss.measured()
  if (detectedMs === undefined) return 'waiting for the managers to miss it'
  return wholeMs === undefined ? 'waiting for everything to run elsewhere' : 'waiting for the node to be back'
}
