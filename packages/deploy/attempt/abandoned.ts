import type { EnvironmentRef } from '@atoll/engine'
import type { Call } from '../context.ts'
import { isConflict } from '../errors.ts'
import { openJournal } from '../ledger/journal.ts'
import { findDeployment, listReleases, writeDeployment } from '../ledger/ledger.ts'
import type { Versioned } from '../ledger/ledger.ts'
import type { Lease } from '../ledger/lease.ts'
import type { Cause, DeploymentRecord, EnvironmentRecord } from '../records.ts'

/** A deployment as it begins. What an abandoned one left behind is its to undo: then even a refusal has to go back. */
export const createRecord = (
  ref: EnvironmentRef,
  { current, lastDeployment, isHalfWay }: EnvironmentRecord,
  { release, author, startedAtMs }: { readonly release: number; readonly author: string; readonly startedAtMs: number },
): DeploymentRecord => {
  const previous = current === undefined ? {} : { previous: current }
  return {
    number: lastDeployment,
    task: { kind: 'release' },
    release,
    ...previous,
    direction: 'forward',
    hasChanged: isHalfWay === true,
    acceptsWarnings: false,
    state: 'running',
    receipt: {
      ...ref,
      deployment: lastDeployment,
      release,
      ...previous,
      state: 'running',
      author,
      startedAtMs,
      phases: [],
      tasks: [],
      warnings: [],
      causes: [],
      resumedBy: [],
    },
  }
}

/**
 * The record of the deployment that a lease was taken over with. When its owner was lost before he wrote it, it is written
 * here: nothing of it was begun, so it is over, or on its way back when something older is still to be undone. Being there
 * it also refuses the owner's own late write. Undefined: the documents of this environment were being removed.
 */
export const claimAbandoned = async (call: Call, lease: Lease): Promise<Versioned<DeploymentRecord> | undefined> => {
  const { deployment } = lease.running
  const stored = await findDeployment(call, deployment)
  if (stored !== undefined || lease.environment.isRemoved) return stored
  const older = await findDeployment(call, deployment - 1)
  if (older !== undefined) await closeAbandoned(call, older, deployment)
  const record = await createLost(call, lease)
  try {
    return { revision: await writeDeployment(call, { expected: 0, value: record }), value: record }
  } catch (error) {
    if (isConflict(error)) return findDeployment(call, deployment)
    throw error
  }
}

const createLost = async (call: Call, { environment, running }: Lease): Promise<DeploymentRecord> => {
  const newest = (await listReleases(call))[0]?.number ?? 0
  const origin = { release: newest, author: running.owner, startedAtMs: running.sinceMs }
  const record = createRecord(call.ref, environment, origin)
  const causes = [toCause('its owner was lost before it had begun')]
  if (record.hasChanged) return { ...record, direction: 'back', receipt: { ...record.receipt, causes } }
  const state = record.previous === undefined ? 'failed' : 'rolled-back'
  const endedAtMs = call.context.clock.now()
  return { ...record, state, receipt: { ...record.receipt, state, causes, endedAtMs } }
}

/** Ends a record that another deployment took the place of; one that had ended stays as it is. */
export const closeAbandoned = async (call: Call, stored: Versioned<DeploymentRecord>, by: number): Promise<void> => {
  if (stored.value.state !== 'running') return
  const journal = openJournal({ ...call, onEvent: () => {} }, stored)
  journal.addCauses([toCause(`its owner was lost and deployment ${by} took its place`)])
  await journal.end('failed')
}

const toCause = (message: string): Cause => ({
  kind: 'abandoned',
  service: '',
  message,
  health: [],
  logs: [],
  nodes: [],
})

export const isLeftHalfWay = (abandoned: DeploymentRecord | undefined): boolean =>
  abandoned?.state === 'running' && abandoned.hasChanged

/** The environment after a deployment whose record is closed: what its own last write would have said. */
export const settle = (environment: EnvironmentRecord, record: DeploymentRecord | undefined): EnvironmentRecord =>
  record?.state === 'converged' ? { ...environment, current: record.release } : environment
