import { BusyError, deployments, findRepairs, findRepairTurn, NothingToDoError, repair } from '@atoll/deploy'
import type { EnvironmentRecord, Release } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import type { Document } from '@atoll/store'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/** What is remembered between two looks; all of it can be seen again, only later. */
interface Memory {
  /** Environments that are not as they should be, and since when. */
  readonly sinceMs: Map<string, number>
  /** Only reported by now, and logged once. */
  readonly told: Set<string>
  readonly running: Map<string, Promise<void>>
  /** By `ID.RELEASE`: releases do not change. */
  readonly policies: Map<string, boolean>
  /** Where the next look goes on. */
  next: number
}

/** The platform is changed by nobody but itself. */
const reservedApp = 'atoll'

/**
 * Puts environments back whose compose file says `x-atoll: {drift: repair}`, once what was changed behind us has stood for a
 * while and nobody deploys. The rest is never touched. Resolves when the signal has come and all repairs are left.
 */
export const repairDrift = async (world: World, signal: AbortSignal): Promise<void> => {
  const memory: Memory = { sinceMs: new Map(), told: new Set(), running: new Map(), policies: new Map(), next: 0 }
  const look = async (): Promise<void> => {
    for (const ref of chooseSome(await listWanting(world, memory, signal), memory)) {
      await lookAt(world, { ref, memory }, signal).catch((error: unknown) => {
        // One that cannot be looked at must not keep the others from it.
        if (!signal.aborted) world.log({ event: 'drift not looked at', ...ref, error: String(error) })
      })
    }
  }
  await runLoop(world, { name: 'repair drift', everyMs: limits.driftEveryMs, look }, signal)
  await Promise.all(memory.running.values())
}

/** Environments that are to be repaired and may be: one that is deployed now is looked at later. */
const listWanting = async (world: World, memory: Memory, signal: AbortSignal): Promise<readonly EnvironmentRef[]> => {
  const found = await world.recentDocuments.list<EnvironmentRecord>('environment', {}, signal)
  const wanting: EnvironmentRef[] = []
  const known = new Map(memory.policies)
  memory.policies.clear()
  for (const document of found) {
    const { current, running, isHalfWay } = document.value
    const ref = toRef(document.id)
    if (ref.app === reservedApp || current === undefined) continue
    const key = `${document.id}.${current}`
    const isWanted = known.get(key) ?? (await isRepaired(world, key, signal))
    memory.policies.set(key, isWanted)
    if (isWanted && running === undefined && isHalfWay !== true) wanting.push(ref)
    else forget(memory, document)
  }
  return wanting
}

const isRepaired = async ({ recentDocuments }: World, id: string, signal: AbortSignal): Promise<boolean> =>
  (await recentDocuments.find<Release>('release', id, signal))?.value.app.drift === 'repair'

/** Neither part of an id has a dot in it. */
const toRef = (id: string): EnvironmentRef => {
  const [app = '', environment = ''] = id.split('.')
  return { app, environment }
}

const forget = ({ sinceMs, told }: Memory, { id }: Pick<Document, 'id'>): void => {
  sinceMs.delete(id)
  told.delete(id)
}

/** A few each time, in turn, so that many environments cost no more than some. */
const chooseSome = (refs: readonly EnvironmentRef[], memory: Memory): readonly EnvironmentRef[] => {
  const begin = memory.next < refs.length ? memory.next : 0
  memory.next = begin + limits.driftLooks
  return refs.slice(begin, memory.next)
}

interface Look {
  readonly ref: EnvironmentRef
  readonly memory: Memory
}

const lookAt = async (world: World, { ref, memory }: Look, signal: AbortSignal): Promise<void> => {
  const id = `${ref.app}.${ref.environment}`
  if (memory.running.has(id)) return
  const context = contextFor(world, 'atoll')
  const found = await findRepairs(context, ref, signal)
  if (found.length === 0) return forget(memory, { id })
  const nowMs = world.clock.now()
  const sinceMs = memory.sinceMs.get(id) ?? nowMs
  memory.sinceMs.set(id, sinceMs)
  if (nowMs - sinceMs < limits.driftStandsMs || memory.running.size >= limits.driftRepairsAtOnce) return
  const turn = findRepairTurn(await deployments(context, ref, signal), nowMs)
  if (turn.kind === 'given-up') {
    if (!memory.told.has(id)) world.log({ event: 'drift is only reported', ...ref, repairs: turn.repairs, found })
    memory.told.add(id)
  } else if (nowMs >= turn.atMs) {
    const work = repairOne(world, ref, signal).finally(() => memory.running.delete(id))
    memory.running.set(id, work)
    memory.sinceMs.delete(id)
  }
}

/** Never rejects. What was left by the signal is carried on by whoever looks after abandoned deployments. */
const repairOne = async (world: World, ref: EnvironmentRef, signal: AbortSignal): Promise<void> => {
  world.log({ event: 'repair', ...ref })
  try {
    const request = { ref, isAutomatic: true }
    const { kind } = await repair(contextFor(world, 'atoll'), request, { signal, onEvent: () => {} })
    world.log({ event: 'repaired', ...ref, outcome: kind })
  } catch (error) {
    if (error instanceof BusyError || error instanceof NothingToDoError || signal.aborted) return
    world.log({ event: 'repair failed', ...ref, error: String(error) })
  }
}
