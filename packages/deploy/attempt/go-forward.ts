import type { Desired, Observed, Warning } from '@atoll/plan'
import { exclusions, plan, warnings } from '@atoll/plan'
import type { App } from '@atoll/spec'
import { findRelease, getRelease, listReleases } from '../ledger/ledger.ts'
import { limits } from '../limits.ts'
import type { Cause, Release } from '../records.ts'
import type { Attempt } from './attempt.ts'
import { converge, observe } from './converge.ts'
import { moveVolumes } from './move-volumes.ts'
import { toCauses } from './to-causes.ts'

/** To the deployment's release. True: converged. False: the receipt holds the causes. */
export const goForward = async (attempt: Attempt): Promise<boolean> => {
  const { call, journal } = attempt
  const { record } = journal
  const { app } = await getRelease(call, record.release)
  const desired = { app, release: record.release, keep: await listKept(attempt) }
  if (!(await isAllowed(attempt, desired))) return false
  if (record.task.kind === 'move-volume' && !(await moveVolumes(attempt, desired, record.task))) return false
  const { failures, observed } = await converge(attempt, { desired, phases: 'forward' })
  if (failures.length > 0) journal.addCauses(await toCauses(call, failures, observed))
  return failures.length === 0
}

/** Looks before the first action; once something was changed there is no refusing any more. */
const isAllowed = async (attempt: Attempt, desired: Desired): Promise<boolean> => {
  const { call, journal } = attempt
  if (journal.record.hasChanged) return true
  await journal.enter('plan', { isChanging: false })
  const observed = await observe(call)
  const nowMs = call.context.clock.now()
  const found = mergeWarnings(journal.record.receipt.warnings, warnings(desired, observed))
  journal.warn(found)
  const { number, release, acceptsWarnings } = journal.record
  const actions = plan(desired, observed, nowMs)
  call.onEvent({ kind: 'plan', atMs: nowMs, deployment: number, release, actions, warnings: found })
  const blocking = acceptsWarnings ? [] : found.filter((warning) => warning.isBlocking)
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

/** Configs and secrets of releases one can go back to, the one before this deployment first of all. */
export const listKept = async ({ call, journal }: Attempt): Promise<readonly string[]> => {
  const { previous } = journal.record
  const newest = (await listReleases(call)).slice(0, limits.keptReleases)
  const before = previous === undefined ? undefined : await findRelease(call, previous)
  return namesOf([...newest, ...(before === undefined ? [] : [before])])
}

export const namesOf = (releases: readonly Release[]): readonly string[] => [
  ...new Set(releases.flatMap(({ app }) => [...app.configs, ...app.secrets].map((file) => file.engineName))),
]
