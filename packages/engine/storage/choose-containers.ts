import type { Choice } from './choose-garbage.ts'
import type { StoredContainer } from './inventory.ts'

/** Ended tasks of one slot whose output and end can still be asked for. */
const keptPerSlot = 3
/** Copying a volume takes hours at most. */
const accessMs = 86_400_000
const settledMs = 3_600_000

const ended: ReadonlySet<string> = new Set(['exited', 'dead', 'created'])
const labels = {
  app: 'atoll.app',
  access: 'atoll.volume-access',
  task: 'com.docker.swarm.task.id',
  taskName: 'com.docker.swarm.task.name',
}

/**
 * Of the containers that do not run: those of our tasks beyond the newest of each slot, which `logs` and `why` read, and what a
 * killed copy of a volume left. All others stay.
 */
export const chooseContainers = (
  containers: readonly StoredContainer[],
  nowMs: number,
): readonly Choice<StoredContainer>[] => {
  const places = new Map<string, number>()
  return containers
    .filter(({ state }) => ended.has(state))
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
    .map((thing) => {
      const { createdAtMs } = thing
      if (thing.labels[labels.access] !== undefined) {
        const isLeft = nowMs - createdAtMs > accessMs
        return { thing, isGarbage: isLeft, why: isLeft ? 'a copy of a volume left it' : 'a volume is being copied' }
      }
      if (thing.labels[labels.task] === undefined || thing.labels[labels.app] === undefined)
        return { thing, isGarbage: false, why: 'it is no task of an app: somebody ran it' }
      const slot = slotOf(thing)
      const place = (places.get(slot) ?? 0) + 1
      places.set(slot, place)
      const isOld = place > keptPerSlot && nowMs - createdAtMs > settledMs
      return {
        thing,
        isGarbage: isOld,
        why: isOld ? 'newer ones of its slot have ended' : 'its output may be asked for',
      }
    })
}

/** `shop_production_web.2.TASK` is of the slot `shop_production_web.2`. */
const slotOf = ({ labels: own }: StoredContainer): string => (own[labels.taskName] ?? '').replace(/\.[^.]*$/, '')
