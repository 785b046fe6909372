import type { Observed, Warning } from '@atoll/plan'
import type { Call } from '../context.ts'
import { LostLeaseError, isConflict } from '../errors.ts'
import { findForeign, recordTasks } from '../judge/task-records.ts'
import { limits } from '../limits.ts'
import type { Cause, DeploymentRecord, DeploymentState, Phase, Receipt } from '../records.ts'
import type { Versioned } from './ledger.ts'
import { writeDeployment } from './ledger.ts'

/** Bounds a receipt when phases alternate for long, as they do along a chain of dependencies. */
const maxPhases = 200

/**
 * The one place a deployment's record and receipt are changed and written. Every write is compare-and-set: one that
 * comes late, after somebody else took over, is LostLeaseError.
 */
export const openJournal = (call: Call, stored: Versioned<DeploymentRecord>) => {
  const keeper = createKeeper(call, stored)
  const { edit, editReceipt, save } = keeper
  let foreign: ReadonlySet<string> | undefined
  const now = (): number => call.context.clock.now()

  return {
    get record(): DeploymentRecord {
      return keeper.record
    },
    save,
    /** Ends the phase before. Saved at once, so that whoever takes over knows how far it came. */
    enter: async (name: Phase['name'], { isChanging }: { readonly isChanging: boolean }): Promise<void> => {
      if (isChanging && !keeper.record.hasChanged) edit({ hasChanged: true })
      const { phases } = keeper.record.receipt
      const last = phases.at(-1)
      const isThere = last?.name === name && last.endedAtMs === undefined
      if (!isThere && phases.length < maxPhases) {
        editReceipt({ phases: [...endPhases(phases, now()), { name, startedAtMs: now() }] })
        call.onEvent({ kind: 'phase', atMs: now(), phase: name })
      }
      await save()
    },
    warn: (warnings: readonly Warning[]): void => editReceipt({ warnings }),
    /** Tasks change often and are only saved now and then. */
    observe: async (observed: Observed): Promise<void> => {
      const isFirst = foreign === undefined
      foreign ??= findForeign(observed, keeper.record.receipt.tasks)
      const seen = recordTasks(keeper.record.receipt.tasks, observed, { nowMs: now(), isFirst, foreign })
      for (const event of seen.events) call.onEvent(event)
      if (seen.isNew) editReceipt({ tasks: seen.records })
      if (now() - keeper.savedAtMs >= limits.renewEveryMs) await save()
    },
    carryOn: async (): Promise<void> => {
      const { resumedBy } = keeper.record.receipt
      const owner = { owner: call.context.owner, atMs: now() }
      editReceipt({ resumedBy: [...resumedBy, owner].slice(-limits.resumedBy) })
      await save()
    },
    addCauses: (causes: readonly Cause[]): void => {
      editReceipt({ causes: [...keeper.record.receipt.causes, ...causes] })
      for (const cause of causes) call.onEvent({ kind: 'cause', atMs: now(), cause })
    },
    /** From here on the whole app is on its way to the release before. */
    turnBack: async (): Promise<void> => {
      edit({ direction: 'back' })
      const { previous } = keeper.record
      call.onEvent({ kind: 'rollback', atMs: now(), ...(previous === undefined ? {} : { to: previous }) })
      await save()
    },
    end: async (
      state: Exclude<DeploymentState, 'running'>,
      measured: Pick<Receipt, 'visitors'> = {},
    ): Promise<void> => {
      const { receipt } = keeper.record
      const phases = endPhases(receipt.phases, now())
      edit({ state, receipt: { ...receipt, ...measured, state, endedAtMs: now(), phases } })
      keeper.forgetCounting()
      await save()
    },
  }
}

/** The record as it is now, and as it was last written. */
const createKeeper = (call: Call, stored: Versioned<DeploymentRecord>) => {
  let { revision, value: record } = stored
  let isSaved = revision > 0
  let savedAtMs = call.context.clock.now()
  const edit = (changes: Partial<DeploymentRecord>): void => {
    record = { ...record, ...changes }
    isSaved = false
  }
  return {
    get record(): DeploymentRecord {
      return record
    },
    get savedAtMs(): number {
      return savedAtMs
    },
    edit,
    forgetCounting: (): void => {
      const { visitorsBegun: _, ...rest } = record
      record = rest
    },
    editReceipt: (changes: Partial<Receipt>): void => edit({ receipt: { ...record.receipt, ...changes } }),
    save: async (): Promise<void> => {
      if (isSaved) return
      try {
        revision = await writeDeployment(call, { expected: revision, value: record })
      } catch (error) {
        if (!isConflict(error)) throw error
        throw new LostLeaseError(call.ref, 'another owner writes this deployment; stopped', error)
      }
      isSaved = true
      savedAtMs = call.context.clock.now()
    },
  }
}

export type Journal = ReturnType<typeof openJournal>

export const endPhases = (phases: readonly Phase[], endedAtMs: number): readonly Phase[] =>
  phases.map((phase) => (phase.endedAtMs === undefined ? { ...phase, endedAtMs } : phase))
