import type { EnvironmentRef } from '@atoll/engine'
import { avoid, findDrain, findDrainProgress } from '@atoll/plan'
import type { DrainedService, DrainProgress, Occupancy } from '@atoll/plan'
import type { Context } from '../context.ts'
import { BusyError, messageOf } from '../errors.ts'
import { limits } from '../limits.ts'
import { heedDrains } from './heed-drains.ts'
import type { HeedRequest } from './heed-drains.ts'

/** Empties nodes step by step. All it remembers can be seen again, only later; so anybody may go on with a drain. */
export interface Drainer {
  /** Looks at a node once, and does what is next; undefined when it is not to be drained. Waits for no move it begins. */
  step(nodeId: string, signal: AbortSignal): Promise<DrainProgress | undefined>
  /** Begins to take away constraints of drains that are over; gives of how many environments that is not done yet. */
  settle(signal: AbortSignal): Promise<number>
  /** Resolves when nothing that was begun is under way any more. */
  idle(): Promise<void>
}

/** What became of asking an environment to leave a node. */
interface Asked {
  readonly atMs: number
  /** Why its services did not move. */
  readonly trouble?: string
}

interface Memory {
  readonly running: Map<string, Promise<void>>
  /** By node and environment. */
  readonly asked: Map<string, Asked>
}

interface DrainerOptions {
  /** Told what went wrong with an environment; it is tried again. */
  readonly onTrouble?: (ref: EnvironmentRef, error: unknown) => void
}

export const createDrainer = (context: Context, { onTrouble = () => {} }: DrainerOptions = {}): Drainer => {
  const memory: Memory = { running: new Map(), asked: new Map() }
  const work: Work = { context, memory, onTrouble }
  return {
    step: (nodeId, signal) => step(work, nodeId, signal),
    settle: (signal) => settle(work, signal),
    idle: async () => {
      while (memory.running.size > 0) await Promise.all(memory.running.values())
    },
  }
}

interface Work extends Required<DrainerOptions> {
  readonly context: Context
  readonly memory: Memory
}

const step = async (work: Work, nodeId: string, signal: AbortSignal): Promise<DrainProgress | undefined> => {
  const { engine, clock } = work.context
  const seen = findDrainProgress(await engine.occupancy(signal), nodeId)
  if (seen === undefined || seen.stage !== 'moving') return seen
  const progress = withTroubles(work, seen)
  const open = progress.services.filter(({ way }) => way === 'moves' || way === 'follows')
  const hasBegun = askToLeave(work, { progress, open }, signal)
  const isMoving = hasBegun || open.some(({ way }) => way === 'moves')
  const hasStaying = progress.services.some(({ way }) => way === 'stays')
  const isOver = clock.now() >= progress.untilMs
  if (isOver || (!isMoving && !hasStaying)) {
    await engine.changeNode(nodeId, { availability: 'drain' }, signal)
    forget(work.memory, nodeId)
  }
  return progress
}

const forget = ({ asked }: Memory, nodeId: string): void => {
  for (const key of asked.keys()) if (key.startsWith(`${nodeId} `)) asked.delete(key)
}

const isDue = (known: Asked | undefined, nowMs: number): boolean =>
  known === undefined || nowMs - known.atMs >= limits.drain.againMs

/** A service that was asked and did not move stays, until it is asked again. */
const withTroubles = ({ memory, context }: Work, progress: DrainProgress): DrainProgress => ({
  ...progress,
  services: progress.services.map((service) => {
    const known = service.ref && memory.asked.get(keyOf(progress.nodeId, service.ref))
    const trouble = isDue(known, context.clock.now()) ? undefined : known?.trouble
    const isTold = trouble !== undefined && (service.way === 'moves' || service.way === 'follows')
    return isTold ? { ...service, way: 'stays', because: [trouble] } : service
  }),
})

interface Leaving {
  readonly progress: DrainProgress
  readonly open: readonly DrainedService[]
}

/** True: there is an environment of which it is not known yet whether it moves. The platform's own is moved by the engine. */
const askToLeave = (work: Work, { progress, open }: Leaving, signal: AbortSignal): boolean => {
  const { nodeId, node } = progress
  const { asked, running } = work.memory
  const nowMs = work.context.clock.now()
  let isOpen = false
  for (const ref of listRefs(progress.services.flatMap((service) => service.ref ?? []))) {
    const key = keyOf(nodeId, ref)
    const services = open.filter((service) => service.ref !== undefined && isSame(service.ref, ref))
    if (running.has(idOf(ref))) isOpen = true
    else if (services.length > 0 && isDue(asked.get(key), nowMs)) {
      isOpen = true
      const request = {
        ref,
        services: services.map(({ service }) => service),
        isMove: true as const,
        why: `leaves ${node}, which is being drained`,
      }
      begin(work, { request, key }, signal)
    }
  }
  return isOpen
}

interface Begun {
  readonly request: HeedRequest
  readonly key: string
}

/** Not more than some at once; the others find their turn at a later look. */
const begin = ({ context, memory, onTrouble }: Work, { request, key }: Begun, signal: AbortSignal): void => {
  const { running, asked } = memory
  if (running.size >= limits.drain.atOnce) return
  const { ref } = request
  const note = (trouble?: string): void =>
    void asked.set(key, { atMs: context.clock.now(), ...(trouble === undefined ? {} : { trouble }) })
  const work = heedDrains(context, request, { signal, onEvent: () => {} }).then(
    (outcome) => {
      const [cause] = outcome?.receipt.causes ?? []
      note(outcome?.kind === 'failed' ? (cause?.message ?? 'its tasks did not start elsewhere') : undefined)
    },
    (error: unknown) => {
      if (signal.aborted || error instanceof BusyError) return onTrouble(ref, error)
      note(messageOf(error))
      onTrouble(ref, error)
    },
  )
  running.set(
    idOf(ref),
    work.finally(() => void running.delete(idOf(ref))),
  )
}

const settle = async (work: Work, signal: AbortSignal): Promise<number> => {
  const stale = listStale(await work.context.engine.occupancy(signal))
  const { asked, running } = work.memory
  const nowMs = work.context.clock.now()
  const open = listRefs(stale).filter((ref) => running.has(idOf(ref)) || isDue(asked.get(keyOf('', ref)), nowMs))
  for (const ref of open.filter((each) => !running.has(idOf(each)))) {
    begin(work, { request: { ref, why: 'may run on a node again that was drained' }, key: keyOf('', ref) }, signal)
  }
  if (open.length === 0) forget(work.memory, '')
  return open.length
}

const avoiding = avoid('')

/** Of each service that keeps off a node that nobody drains, its environment. Some may be told so by their compose file. */
const listStale = ({ nodes, services }: Occupancy): readonly EnvironmentRef[] => {
  const drained = new Set(nodes.flatMap((node) => (findDrain(node) === undefined ? [] : [avoid(node.id)])))
  return services.flatMap(({ ref, rules }) => {
    const isStale = rules.placement.constraints.some((text) => text.startsWith(avoiding) && !drained.has(text))
    return ref !== undefined && isStale && !isPlatform(ref) ? [ref] : []
  })
}

/** The platform is changed by nobody but itself. */
const isPlatform = ({ app }: EnvironmentRef): boolean => app === 'atoll'

const listRefs = (refs: readonly EnvironmentRef[]): readonly EnvironmentRef[] => [
  ...new Map(refs.filter((ref) => !isPlatform(ref)).map((ref) => [idOf(ref), ref])).values(),
]

const idOf = ({ app, environment }: EnvironmentRef): string => `${app}.${environment}`
const keyOf = (nodeId: string, ref: EnvironmentRef): string => `${nodeId} ${idOf(ref)}`
const isSame = (a: EnvironmentRef, b: EnvironmentRef): boolean => idOf(a) === idOf(b)
