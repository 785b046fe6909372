import type { NameQuestion, NamedService, NamedTask } from '@atoll/engine'
import { limits } from '../limits.ts'

/** What is remembered of names between two looks, by the clock of this control. Another one begins anew. */
export interface NameMemory {
  /** When each network was last asked about on each node; keys by `placeOf`. */
  readonly asked: Map<string, number>
  /** Since when each task is up. */
  readonly upSinceMs: Map<string, number>
  readonly suspects: Map<string, Suspect>
  /** Nodes that were ready at the last look. */
  ready: ReadonlySet<string>
}

/** When something was first and last seen to be wrong. */
export interface Suspect {
  readonly firstMs: number
  readonly lastMs: number
}

export const placeOf = (nodeId: string, networkId: string): string => `${nodeId} ${networkId}`

/** Takes what is up now into the memory; a node that came back is asked at once. */
export const rememberTasks = (
  memory: NameMemory,
  { services, ready }: { readonly services: readonly NamedService[]; readonly ready: ReadonlySet<string> },
  nowMs: number,
): void => {
  const up = new Set(services.flatMap(({ tasks }) => tasks.filter(({ isUp }) => isUp).map(({ taskId }) => taskId)))
  for (const taskId of memory.upSinceMs.keys()) if (!up.has(taskId)) memory.upSinceMs.delete(taskId)
  for (const taskId of up) if (!memory.upSinceMs.has(taskId)) memory.upSinceMs.set(taskId, nowMs)
  const returned = [...ready].filter((nodeId) => !memory.ready.has(nodeId))
  for (const place of memory.asked.keys()) {
    if (returned.some((nodeId) => place.startsWith(`${nodeId} `))) memory.asked.delete(place)
  }
  memory.ready = ready
}

export const isSettled =
  ({ upSinceMs }: NameMemory, nowMs: number) =>
  ({ taskId }: NamedTask): boolean =>
    nowMs - (upSinceMs.get(taskId) ?? nowMs) >= limits.names.settleMs

export interface NodeQuestions {
  readonly nodeId: string
  readonly questions: readonly NameQuestion[]
}

interface Place {
  readonly nodeId: string
  readonly networkId: string
}

/** What is to be asked now: a few networks of each node, those first that may be in trouble, then the longest unasked. */
export const chooseQuestions = (
  memory: NameMemory,
  services: readonly NamedService[],
  nowMs: number,
): readonly NodeQuestions[] => {
  const due = listPlaces(services)
    .filter(({ nodeId }) => memory.ready.has(nodeId))
    .filter((place) => isDue(memory, { place, services }, nowMs))
    .toSorted((a, b) => urgency(memory, a) - urgency(memory, b))
  return [...Map.groupBy(due, ({ nodeId }) => nodeId)].map(([nodeId, places]) => ({
    nodeId,
    questions: places.slice(0, limits.names.networksAtOnce).map(({ networkId }) => ({
      networkId,
      names: namesIn(services, networkId).slice(0, limits.names.namesAtOnce),
    })),
  }))
}

const listPlaces = (services: readonly NamedService[]): readonly Place[] => {
  const up = services.flatMap(({ tasks }) => tasks).filter(({ isUp }) => isUp)
  return [...new Map(up.map((task) => [placeOf(task.nodeId, task.networkId), task])).values()]
}

const namesIn = (services: readonly NamedService[], networkId: string): readonly string[] =>
  services.filter(({ tasks }) => tasks.some((task) => task.networkId === networkId)).map(({ dnsName }) => dnsName)

const isDue = (
  memory: NameMemory,
  { place, services }: { readonly place: Place; readonly services: readonly NamedService[] },
  nowMs: number,
): boolean => {
  const { everyMs, againMs, settleMs } = limits.names
  const askedMs = memory.asked.get(placeOf(place.nodeId, place.networkId))
  const tasks = services.flatMap(({ tasks }) => tasks).filter(({ networkId }) => networkId === place.networkId)
  const settledMs = tasks.map(({ taskId }) => (memory.upSinceMs.get(taskId) ?? Infinity) + settleMs)
  const isNew = settledMs.some((ms) => ms <= nowMs && ms > (askedMs ?? -Infinity))
  if (askedMs === undefined) return isNew
  return isNew || nowMs - askedMs >= (hasSuspects(memory, place) ? againMs : everyMs)
}

const hasSuspects = ({ suspects }: NameMemory, { nodeId, networkId }: Place): boolean =>
  [...suspects.keys()].some((key) => key.startsWith(`${placeOf(nodeId, networkId)} `))

const urgency = (memory: NameMemory, place: Place): number =>
  hasSuspects(memory, place) ? -1 : (memory.asked.get(placeOf(place.nodeId, place.networkId)) ?? 0)
