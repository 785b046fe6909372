import { isWanted } from './task.ts'
import type { FakeService, FakeTask } from './world.ts'

/**
 * The slots a service keeps, as Swarm chooses them: those it has, and the lowest free numbers where it has too few. Of too many
 * those go first that do not run, then those on the nodes that have most of it.
 */
export const chooseSlots = (service: FakeService, count: number): readonly number[] => {
  const present = listSlots(service)
  if (present.length >= count) return sortByNode(service, present).slice(0, count)
  const slots = new Set(present)
  for (let slot = 1; slots.size < count; slot += 1) slots.add(slot)
  return [...slots].toSorted((a, b) => a - b)
}

/** Also those whose next task the rollout starts itself, and those that are not started again. */
const listSlots = (service: FakeService): readonly number[] => {
  const replaced = service.rollout?.active.map(({ place }) => Number(place)) ?? []
  const wanted = service.tasks.filter(isWanted).flatMap(({ slot }) => slot ?? [])
  const all = new Set([...wanted, ...replaced, ...[...service.givenUp].map(Number)])
  return [...all].toSorted((a, b) => a - b)
}

const sortByNode = ({ tasks }: FakeService, slots: readonly number[]): readonly number[] => {
  const find = (slot: number): FakeTask | undefined => tasks.find((task) => task.slot === slot && isWanted(task))
  const isUp = (slot: number): boolean => find(slot)?.state === 'running'
  const seen = new Map<string, number>()
  const nth = new Map<number, number>()
  for (const slot of slots.toSorted((a, b) => Number(isUp(b)) - Number(isUp(a)))) {
    const nodeId = find(slot)?.nodeId ?? ''
    seen.set(nodeId, (seen.get(nodeId) ?? 0) + 1)
    nth.set(slot, nodeId === '' ? last : (seen.get(nodeId) ?? 0))
  }
  const rank = (slot: number): number => (isUp(slot) ? (nth.get(slot) ?? last) : last)
  return slots.toSorted((a, b) => rank(a) - rank(b) || a - b)
}

const last = Number.MAX_SAFE_INTEGER
