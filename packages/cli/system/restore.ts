import { clearDocuments, lookAtTarget, markRestore, restoreState } from '@atoll/backup'
import type { Found, State } from '@atoll/backup'
import { appendAudit } from '@atoll/control/audit'
import type { Context, RunOptions } from '@atoll/deploy'
import type { Archive } from '@atoll/store'
import { CommandError } from '../errors.ts'
import { uninstall } from './uninstall.ts'

/** A cluster that is made anew. */
export interface Restoring {
  readonly context: Context
  readonly archive: Archive
}

interface Options extends RunOptions {
  readonly onStep: (step: string) => void
}

/** What would be lost, and what is done about it. CommandError `not-empty` where nobody said that it may be. */
export const judgeRestore = async (
  { archive }: Restoring,
  { state, isReplacing }: { readonly state: State; readonly isReplacing: boolean },
  signal: AbortSignal,
): Promise<Found> => {
  const found = await lookAtTarget({ archive }, signal)
  if (isReplacing || found.kind === 'empty' || found.kind === 'unused') return found
  if (found.kind === 'begun') {
    if (found.backup === state.about.id) return found
    throw new CommandError('not-empty', `a restore of ${found.backup} began here and has not ended`, {
      hint: 'restore that file again, and it goes on; or say --replace, and this one takes its place',
    })
  }
  const { environments, people, documents } = found
  const there = `${environments.length} environments of apps, ${people} people, ${documents} documents`
  throw new CommandError('not-empty', `restore: this cluster has state that would be lost: ${there}`, {
    hint: 'make a backup of it first; --replace removes it. Apps that run there go on running, and are known no more',
  })
}

/** Makes the state of this cluster that of the backup. Every step may be repeated; one that broke off is gone on with. */
export const restore = async (
  { context, archive }: Restoring,
  { state, found }: { readonly state: State; readonly found: Found },
  options: Options,
): Promise<void> => {
  const { signal, onStep } = options
  const target = { engine: context.engine, documents: context.documents, archive }
  const backup = state.about.id
  if (needsClearing(found, backup)) {
    await markRestore(target, { backup, phase: 'clear' }, signal)
    onStep('remove the platform that is here')
    await uninstall(context, options)
    await clearDocuments(target, { signal, onStep })
  }
  await markRestore(target, { backup, phase: 'write' }, signal)
  await restoreState(target, state, { signal, onStep })
  const { documents, clock, owner } = context
  const entry = { by: owner, action: 'restoreBackup', subject: backup, address: 'an engine' }
  await appendAudit({ documents, clock, log: () => undefined }, entry, signal)
}

const needsClearing = (found: Found, backup: string): boolean =>
  found.kind === 'unused' ||
  found.kind === 'used' ||
  (found.kind === 'begun' && (found.phase === 'clear' || found.backup !== backup))
