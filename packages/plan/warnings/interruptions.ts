import type { Service } from '@atoll/spec'
import type { Action, Warning } from '../action.ts'
import type { Observed } from '../observed.ts'
import { planServices } from '../plan-services.ts'
import { restartCauses } from '../restarts.ts'

type Changed = Extract<Action, { kind: 'update-service' | 'replace-service' }>

/** Services that answer nobody for a moment while they change. */
export const warnOfInterruptions = (services: readonly Service[], observed: Observed): readonly Warning[] => {
  const running = new Set(
    observed.services
      .filter(({ tasks }) => tasks.some(({ state, desired }) => state === 'running' && desired === 'running'))
      .map(({ engineName }) => engineName),
  )
  return planServices(services, observed, Infinity).flatMap((action) => {
    const isChange = action.kind === 'update-service' || action.kind === 'replace-service'
    return isChange && running.has(action.service.engineName) ? warnOf(action) : []
  })
}

const warnOf = (action: Changed): readonly Warning[] => {
  const { name } = action.service
  const warn = (message: string): readonly Warning[] => [
    { kind: 'interrupts', service: name, message: `${name}: ${message}`, isBlocking: false },
  ]
  if (action.kind === 'replace-service') return warn('it is removed and created anew, and does not answer meanwhile')
  if (restartCauses(action.changes).length === 0 || !stopsAll(action.service)) return []
  return warn('its last task stops before the next one starts: it does not answer for a moment')
}

/** Whether an update has no task running at some moment. */
const stopsAll = ({ mode, update }: Service): boolean =>
  mode.kind === 'replicated' &&
  mode.replicas > 0 &&
  update.order === 'stop-first' &&
  (update.parallelism === 0 || update.parallelism >= mode.replicas)
