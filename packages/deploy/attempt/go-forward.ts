import type { Desired, Observed, RouteDifference, Warning } from '@atoll/plan'
import { diffRoutes, exclusions, plan, warnings } from '@atoll/plan'
import type { App } from '@atoll/spec'
import { getListed, listReleases } from '../ledger/ledger.ts'
import type { Cause } from '../records.ts'
import type { Attempt } from './attempt.ts'
import { bringSites } from './bring-sites.ts'
import { converge, observe } from './converge.ts'
import type { Destination } from './converge.ts'
import { desire } from './desire.ts'
import { leaveNodes } from './leave-nodes.ts'
import { moveVolumes } from './move-volumes.ts'
import { scopeOf } from './scope.ts'
import type { Scope } from './scope.ts'
import { toCauses } from './to-causes.ts'

/** To the deployment's release. True: converged. False: the receipt holds the causes. */
export const goForward = async (attempt: Attempt): Promise<boolean> => {
  const { call, journal } = attempt
  const { record } = journal
  const [releases, seen] = await Promise.all([listReleases(call), observe(call)])
  const release = getListed(releases, record.release)
  const { app } = release
  const desired = desire(release, releases, record.previous)
  const { task } = record
  const scope = scopeOf(task, app)
  const isGoingBack = record.release < Math.max(...releases.map(({ number }) => number))
  const before = releases.find(({ number }) => number === record.previous)
  const routes = diffRoutes(before?.app.routes ?? [], app.routes ?? [])
  if (!isAllowed(attempt, { desired, scope, routes, isGoingBack }, seen)) return false
  if (!(await bringSites(attempt, app))) return false
  const isMove = task.kind === 'move-volume'
  if (isMove && !(await moveVolumes(attempt, desired, task))) return false
  const destination: Destination = { desired, phases: 'forward', scope, ...(isMove ? {} : { seen }) }
  const isLeaving = task.kind === 'repair' && task.isMove === true
  const { failures, observed } = await (isLeaving ? leaveNodes : converge)(attempt, destination)
  if (failures.length > 0) journal.addCauses(await toCauses(call, failures, observed))
  return failures.length === 0
}

interface Judged {
  readonly desired: Desired
  readonly scope: Scope
  readonly routes: readonly RouteDifference[]
  /** To a release that is there already. */
  readonly isGoingBack: boolean
}

/** Looks before the first action; once something was changed there is no refusing any more. */
const isAllowed = (
  { call, journal }: Attempt,
  { desired, scope, routes, isGoingBack }: Judged,
  observed: Observed,
): boolean => {
  if (journal.record.hasChanged) return true
  const nowMs = call.context.clock.now()
  const { number, release, acceptsWarnings } = journal.record
  const seen = mergeWarnings(journal.record.receipt.warnings, warnings(desired, observed).filter(scope.hasWarning))
  // What was accepted blocks nothing, and nobody is to read that it does.
  const found = acceptsWarnings ? seen.map((warning) => ({ ...warning, isBlocking: false })) : seen
  journal.warn(found)
  const actions = plan(desired, observed, nowMs).filter(scope.hasAction)
  call.onEvent({ kind: 'plan', atMs: nowMs, deployment: number, release, actions, routes, warnings: found })
  // Who goes back is in trouble already, and a full disk may be a part of it.
  const isHarmless = ({ kind, isBlocking }: Warning): boolean => !isBlocking || (kind === 'disk-full' && isGoingBack)
  const blocking = found.filter((warning) => !isHarmless(warning))
  journal.addCauses(blocking.map((warning) => toRefusal(warning, desired.app, observed)))
  return blocking.length === 0
}

/** A deployment that is resumed looks again; the same warning is told once. */
const mergeWarnings = (known: readonly Warning[], found: readonly Warning[]): readonly Warning[] => {
  const messages = new Set(found.map((warning) => warning.message))
  return [...known.filter((warning) => !messages.has(warning.message)), ...found]
}

const toRefusal = ({ kind, service, message, hint }: Warning, app: App, observed: Observed): Cause => {
  const definition = app.services.find(({ name }) => name === service)
  const isAboutNodes = kind === 'too-big' || kind === 'no-node' || kind === 'policy-unmet'
  return {
    kind: kind === 'image-unavailable' ? 'pull' : isAboutNodes ? 'no-node' : 'refused',
    service,
    message: `${message}; nothing was changed`,
    ...(hint === undefined ? {} : { hint }),
    health: [],
    logs: [],
    nodes:
      isAboutNodes && definition !== undefined
        ? exclusions(definition, observed.nodes).map(({ node, reason }) => ({ node, reason }))
        : [],
  }
}
