import { ServerError } from '../errors.ts'
import { apply } from './apply.ts'
import type { Work } from './apply.ts'
import { stayAsItIs } from './apply/way-back.ts'
import type { Change } from './change.ts'
import type { Proposal } from './propose.ts'

interface Hooks {
  /** Looks again, for what is left. */
  readonly propose: () => Promise<Proposal>
  readonly onBegin: (change: Change) => void
  readonly onDone: (change: Change) => void
}

/**
 * Does what was proposed, in order, then looks whether anything is left. Throws ServerError of the change that failed; those
 * after it are not done.
 */
export async function converge(
  work: Omit<Work, 'hasServiceManager'>,
  { changes, observed }: Proposal,
  { propose, onBegin, onDone }: Hooks,
): Promise<void> {
  const { hasServiceManager } = observed
  await stayAsItIs(work)
  for (const change of changes) {
    onBegin(change)
    await apply({ ...work, hasServiceManager }, change)
    onDone(change)
  }
  if (changes.length === 0) return
  const left = (await propose()).changes
  if (left.length === 0) return
  const names = left.map(({ subject, fields }) => `${subject} (${fields.map(({ name }) => name).join(', ')})`)
  throw new ServerError(
    `${work.server.name}: all was done, and these are other than declared again: ${names.join('; ')}`,
    {
      code: 'command-failed',
      retry: true,
      hint: 'does something else on the server set them?',
    },
  )
}
