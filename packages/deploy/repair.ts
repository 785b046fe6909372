import type { EnvironmentRef } from '@atoll/engine'
import type { Action } from '@atoll/plan'
import { isJob, plan } from '@atoll/plan'
import type { App } from '@atoll/spec'
import { observe } from './attempt/converge.ts'
import { desire } from './attempt/desire.ts'
import { nameWritten } from './attempt/name-written.ts'
import { scopeOf } from './attempt/scope.ts'
import { callToBegin } from './context.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { requireServices, runWithoutFiles } from './derive.ts'
import { NothingToDoError, RefusedError, renderRef } from './errors.ts'
import { getEnvironment, getListed, listReleases } from './ledger/ledger.ts'
import { awaitFree } from './ledger/take-lease.ts'
import { toReader } from './look/reader.ts'
import type { DeploymentTask, Outcome } from './records.ts'

export interface RepairRequest {
  readonly ref: EnvironmentRef
  /** Compose names; all but jobs when none is named. */
  readonly services?: readonly string[]
  /** The environment's policy asks, and no person. */
  readonly isAutomatic?: boolean
}

/**
 * Brings an environment back to its current release, without a new one: services, networks, configs and secrets that are
 * gone are made again, and what was changed behind us is undone. A job has run in this release, so it is only touched when
 * it is named. RefusedError when there is no current release; NothingToDoError when all is as it says.
 */
export const repair = async (
  context: Context,
  { ref, services = [], isAutomatic = false }: RepairRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const { current, isHalfWay, running } = await awaitFree(call)
  if (current === undefined) throw noRelease(ref)
  if (services.length > 0 && (isHalfWay === true || running !== undefined)) throw halfWay(ref)
  const task = await planRepair(call, { current, services, isAutomatic })
  if (task === undefined) {
    throw new NothingToDoError(`${renderRef(ref)} is as release ${current} says; nothing is to be repaired`)
  }
  return runWithoutFiles(call, { task, release: current, basedOn: current })
}

/** What a repair would set right now, one line for each service or thing, without values; nothing is changed by asking. */
export const findRepairs = async (
  context: Context,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const call = toReader(context, ref, signal)
  const { current } = (await getEnvironment(call)).value
  if (current === undefined) return []
  return (await planRepair(call, { current, services: [], isAutomatic: false }))?.found ?? []
}

type RepairTask = Extract<DeploymentTask, { kind: 'repair' }>
type Asked = Required<Pick<RepairRequest, 'services' | 'isAutomatic'>> & { readonly current: number }

/** Undefined: there is nothing to do. */
const planRepair = async (call: Call, { current, services, isAutomatic }: Asked): Promise<RepairTask | undefined> => {
  const releases = await listReleases(call)
  const release = getListed(releases, current)
  const { app } = release
  requireServices(app, services)
  const desired = desire(release, releases, current)
  const actions = plan(desired, await observe(call), call.context.clock.now())
  const isWhole = services.length === 0
  const wanted = new Set(isWhole ? listLasting(app) : services)
  const damaged = new Set(actions.flatMap((action) => nameWritten(action) ?? []).filter((name) => wanted.has(name)))
  const task: RepairTask = { kind: 'repair', services: [...damaged].sort(), isWhole, isAutomatic, found: [] }
  const found = actions.filter(scopeOf(task, app).hasAction).flatMap(describe)
  return found.length === 0 ? undefined : { ...task, found }
}

const listLasting = ({ services }: App): readonly string[] =>
  services.filter((service) => !isJob(service)).map(({ name }) => name)

const describe = (action: Action): readonly string[] => {
  switch (action.kind) {
    case 'create-service':
      return [`${action.service.name}: missing`]
    case 'update-service':
    case 'replace-service':
      return [`${action.service.name}: ${action.changes.map(({ field }) => field).join(', ')}`]
    case 'create-network':
      return [`network ${action.network.name}: missing`]
    case 'create-config':
    case 'create-secret':
      return [`${action.kind.slice('create-'.length)} ${action.file.name}: missing`]
    case 'place-volume':
      return [`volume ${action.volume.name}: without a place`]
    case 'remove-service':
    case 'remove-network':
    case 'remove-config':
    case 'remove-secret':
      return [`${action.engineName}: not in the release`]
    case 'await-service':
      return []
  }
}

const noRelease = (ref: EnvironmentRef): RefusedError =>
  new RefusedError(`repair ${renderRef(ref)}: no release has converged here yet`, {
    hint: 'deploy it first: "atoll deploy"',
  })

/** Ending well would say that the rest is whole too. */
const halfWay = (ref: EnvironmentRef): RefusedError =>
  new RefusedError(`repair some services of ${renderRef(ref)}: a deployment was left half-way`, {
    hint: 'finish it first with "atoll resume", or repair all with "atoll repair"',
  })
