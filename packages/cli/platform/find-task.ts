import type { Reply } from '@atoll/api'
import { notRunning } from '../cluster/errors.ts'
import type { FoundTask } from '../cluster/task-reach.ts'
import { nameTask } from '../terminal/task-name.ts'

/** Newest first, as the status lists them; `web.2` is the one of that slot. Throws CommandError when none runs. */
export const getRunningTask = (
  { ref, services }: Reply<'getStatus'>,
  { wanted, doing }: { readonly wanted: string; readonly doing: string },
): FoundTask => {
  const [name, slot] = [wanted.replace(/\.[^.]+$/, ''), /\.(\d+)$/.exec(wanted)?.[1]]
  const service = services.find((each) => each.service === wanted) ?? services.find((each) => each.service === name)
  const isWanted = service?.service !== wanted && slot !== undefined
  const found = service?.tasks.find((each) => each.state === 'running' && (!isWanted || each.slot === Number(slot)))
  if (service !== undefined && found !== undefined) {
    const { taskId } = found
    return { taskId, name: nameTask({ service: service.service, slot: found.slot, taskId }) }
  }
  const names = services.map((each) => each.service)
  throw notRunning({ ref, doing, isKnown: service !== undefined, services: names })
}
