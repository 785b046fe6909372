import { askForMove, findRebalancing } from '@atoll/plan'
import type { Desired, TaskMove } from '@atoll/plan'
import type { App, Service } from '@atoll/spec'
import { renderRef } from '../errors.ts'
import { getListed, listReleases } from '../ledger/ledger.ts'
import { persist } from '../ledger/persist.ts'
import { limits } from '../limits.ts'
import type { DeploymentTask } from '../records.ts'
import type { Attempt } from './attempt.ts'
import { converge } from './converge.ts'
import { desire } from './desire.ts'
import { scopeTo } from './scope.ts'
import { toCauses } from './to-causes.ts'

type Task = Extract<DeploymentTask, { kind: 'rebalance' }>

/**
 * Each service in turn, one task at a time, until they are spread evenly. What is next is seen from the engine each time, so
 * whoever takes over goes on. False: the receipt holds the causes, and the service is asked for as its release says.
 */
export const rebalanceServices = async (attempt: Attempt, { services }: Task): Promise<boolean> => {
  const { call, journal } = attempt
  const { release, previous } = journal.record
  const releases = await listReleases(call)
  const desired = desire(getListed(releases, release), releases, previous)
  for (const service of services) {
    if (!(await rebalanceService(attempt, { desired, service }))) return false
  }
  return true
}

interface Way {
  readonly desired: Desired
  readonly service: string
}

const rebalanceService = async (attempt: Attempt, { desired, service }: Way): Promise<boolean> => {
  // Whoever was at it before may have left it with one task more.
  if (!(await reach(attempt, { desired, service }))) return false
  for (let moved = 0; moved < limits.mostMoves; moved += 1) {
    const move = await findMove(attempt, { desired, service })
    if (move === undefined) return true
    const app = editService(desired.app, service, (each) => askForMove(each, move))
    const hasMoved = await reach(attempt, { desired: { ...desired, app }, service })
    const isAsBefore = await reach(attempt, { desired, service })
    if (!hasMoved || !isAsBefore) return false
  }
  return true
}

const findMove = async ({ call }: Attempt, { desired, service }: Way): Promise<TaskMove | undefined> => {
  const { context, ref, signal } = call
  const engineName = desired.app.services.find(({ name }) => name === service)?.engineName
  const doing = `look where tasks of ${renderRef(ref)} are`
  const occupancy = await persist(call, { doing, limitMs: limits.engineOutageMs }, () =>
    context.engine.occupancy(signal),
  )
  return findRebalancing(occupancy, (placed) => placed.engineName === engineName).services[0]?.moves[0]
}

const editService = (app: App, name: string, edit: (service: Service) => Service): App => ({
  ...app,
  services: app.services.map((service) => (service.name === name ? edit(service) : service)),
})

const reach = async (attempt: Attempt, { desired, service }: Way): Promise<boolean> => {
  const scope = scopeTo([service], desired.app, { isWhole: false })
  const { failures, observed } = await converge(attempt, { desired, phases: 'rebalance', scope })
  if (failures.length > 0) attempt.journal.addCauses(await toCauses(attempt.call, failures, observed))
  return failures.length === 0
}
