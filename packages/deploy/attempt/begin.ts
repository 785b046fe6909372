import type { SecretValues } from '@atoll/spec'
import type { Warning } from '@atoll/plan'
import type { CanaryReceipt } from '../canary/records.ts'
import { callUnderWay } from '../context.ts'
import type { Call } from '../context.ts'
import { RefusedError, renderRef } from '../errors.ts'
import { openJournal } from '../ledger/journal.ts'
import { findRelease, isSameJson, removeRecords, writeRelease } from '../ledger/ledger.ts'
import type { Versioned } from '../ledger/ledger.ts'
import type { Lease } from '../ledger/lease.ts'
import { takeLease } from '../ledger/take-lease.ts'
import { limits } from '../limits.ts'
import type { DeploymentRecord, DeploymentTask, EnvironmentRecord, Phase, Release } from '../records.ts'
import { claimAbandoned, closeAbandoned, createRecord, isLeftHalfWay, settle } from './abandoned.ts'
import type { Attempt } from './attempt.ts'
import { beginCounting } from './count-visitors.ts'

/** What a new deployment is to do. */
export interface Intent {
  readonly task: DeploymentTask
  /** A release to be made now, or the number of one that exists. */
  readonly release: NewRelease | number
  /** The release that was current when this was decided; another by now, and it is refused. */
  readonly basedOn?: number
  readonly secrets: SecretValues
  readonly author: string
  readonly acceptsWarnings: boolean
  /** Found before it began: images that cannot be had. */
  readonly warnings: readonly Warning[]
  /** Done before it began: building and resolving images. */
  readonly phases: readonly Phase[]
  readonly startedAtMs: number
  /** Where the backup is that was made before. */
  readonly backup?: string
  /** Release to go back to, where that is not the current one. */
  readonly previous?: number
  /** It ends a canary. */
  readonly canary?: CanaryReceipt
}

export type NewRelease = Pick<Release, 'app' | 'canary' | 'git' | 'jobsOf' | 'next' | 'origin'>

/**
 * Takes the environment and writes down what is to be done, before anything is touched. A deployment that was abandoned
 * on its way to the same app is carried on; any other is closed, and the new one starts from wherever it was left.
 */
export const begin = async (waiting: Call, intent: Intent): Promise<Attempt> => {
  const start = (environment: EnvironmentRecord): EnvironmentRecord => {
    requireStillCurrent(waiting, intent, environment)
    return {
      ...environment,
      lastRelease: environment.lastRelease + (typeof intent.release === 'number' ? 0 : 1),
      lastDeployment: environment.lastDeployment + 1,
    }
  }
  const lease = await takeLease(waiting, { start })
  const call = callUnderWay(waiting)
  if (lease === undefined) throw new Error('bug: an environment that is free could not be taken')
  try {
    const abandoned = lease.isTakenOver ? await claimAbandoned(call, lease) : undefined
    if (abandoned !== undefined && (await isSameWay(call, intent, abandoned.value))) {
      return await carryOn(call, { lease, stored: abandoned, secrets: intent.secrets })
    }
    if (lease.isTakenOver) await replace(call, { lease, abandoned, start })
    return await open(call, lease, intent)
  } catch (error) {
    await giveUp(call, lease)
    throw error
  }
}

/** A deployment may have ended between our look and the lease; what follows from the release before must not undo it. */
const requireStillCurrent = ({ ref }: Call, { basedOn }: Intent, { current }: EnvironmentRecord): void => {
  if (basedOn === undefined || current === basedOn) return
  const now = current === undefined ? 'none is' : `release ${current} is`
  throw new RefusedError(`change release ${basedOn} of ${renderRef(ref)}: ${now} the current one by now`, {
    hint: 'somebody else deployed meanwhile: look with "atoll status", then ask again',
  })
}

interface Taken {
  readonly lease: Lease
  readonly stored: Versioned<DeploymentRecord>
  readonly secrets: SecretValues
}

/** Another owner's deployment becomes ours; its late writes are refused from here on. */
export const carryOn = async (call: Call, { lease, stored, secrets }: Taken): Promise<Attempt> => {
  const attempt = assemble(call, { lease, stored, secrets })
  await attempt.journal.carryOn()
  return attempt
}

/** Nobody shall wait for a lease of a deployment that could not even begin. */
export const giveUp = async (call: Call, lease: Lease): Promise<void> => {
  const patience = new AbortController()
  const enough = call.context.clock.wait(limits.leaveMs, patience.signal).catch(() => undefined)
  await Promise.race([lease.leave(0).catch(() => undefined), enough])
  patience.abort()
  await lease[Symbol.asyncDispose]()
}

const assemble = (call: Call, { lease, stored, secrets }: Taken): Attempt => {
  const bound = { ...call, signal: AbortSignal.any([call.signal, lease.signal]) }
  return { call: bound, lease, journal: openJournal(bound, stored), secrets }
}

const isSameWay = async (call: Call, intent: Intent, record: DeploymentRecord): Promise<boolean> => {
  if (record.state !== 'running' || record.direction === 'back' || !isSameJson(record.task, intent.task)) return false
  if (typeof intent.release === 'number') return intent.release === record.release
  const release = await findRelease(call, record.release)
  return release !== undefined && isSameJson(release.app, intent.release.app)
}

interface Replacement {
  readonly lease: Lease
  readonly abandoned: Versioned<DeploymentRecord> | undefined
  readonly start: (environment: EnvironmentRecord) => EnvironmentRecord
}

/**
 * Gives the environment the numbers of a new deployment, and only then closes what was left: whoever dies in between leaves
 * the environment saying that something is to be undone.
 */
const replace = async (call: Call, { lease, abandoned, start }: Replacement): Promise<void> => {
  const sinceMs = call.context.clock.now()
  // Written even when what comes next is refused: whoever asks again then sees it.
  if (abandoned?.value.state === 'converged') await lease.change((environment) => settle(environment, abandoned.value))
  await lease.change((environment) => {
    const { isRemoved: _, ...settled } = settle(environment, abandoned?.value)
    const next = start(settled)
    const halfWay = isLeftHalfWay(abandoned?.value) ? { isHalfWay: true as const } : {}
    return { ...next, ...halfWay, running: { ...lease.running, deployment: next.lastDeployment, sinceMs } }
  })
  if (abandoned !== undefined) await closeAbandoned(call, abandoned, lease.environment.lastDeployment)
}

const open = async (call: Call, lease: Lease, intent: Intent): Promise<Attempt> => {
  const isNew = typeof intent.release !== 'number'
  const number = isNew ? lease.environment.lastRelease : intent.release
  if (isNew) {
    const createdAtMs = call.context.clock.now()
    await writeRelease(call, { ...intent.release, number, createdAtMs, author: intent.author })
  }
  await forgetOldest(call, lease.environment)
  const { task, acceptsWarnings, author, startedAtMs, warnings, secrets, backup, canary, previous } = intent
  const blank = createRecord(call.ref, lease.environment, { release: number, author, startedAtMs })
  const beganMs = call.context.clock.now()
  call.onEvent({ kind: 'phase', atMs: beganMs, phase: 'plan' })
  const phases = [...intent.phases, { name: 'plan' as const, startedAtMs: beganMs }]
  const back = previous === undefined ? {} : { previous }
  const receipt = {
    ...blank.receipt,
    phases,
    warnings,
    ...back,
    ...(backup === undefined ? {} : { backup }),
    ...(canary === undefined ? {} : { canary }),
  }
  const counting = task.kind === 'remove' ? {} : await beginCounting(call, lease.environment.current)
  const record = { ...blank, ...back, task, acceptsWarnings, receipt, ...counting }
  const attempt = assemble(call, { lease, stored: { revision: 0, value: record }, secrets })
  await lease.hold()
  await attempt.journal.save()
  return attempt
}

/** One goes for each that comes. The release that runs stays however old it is. */
const forgetOldest = async (call: Call, { current, lastRelease, lastDeployment }: EnvironmentRecord): Promise<void> => {
  const release = lastRelease - limits.keptRecords
  const deployment = lastDeployment - limits.keptRecords
  await removeRecords(call, {
    releases: release > 0 && release !== current ? [release] : [],
    deployments: deployment > 0 ? [deployment] : [],
  })
}
