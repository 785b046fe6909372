import { environmentId } from '../ledger/ledger.ts'
import type { Reader, Versioned } from '../ledger/ledger.ts'
import { watchCollections } from '../look/watch-records.ts'
import type { Release } from '../records.ts'
import type { CanaryStatus, CanaryWatch } from './records.ts'

/** What is written down of the canary that is this release; of another it says nothing. */
export const findWatch = async (reader: Reader, release: number): Promise<CanaryWatch | undefined> => {
  const { value } = await readWatch(reader)
  return value?.release === release ? value : undefined
}

/** Whatever is there; revision 0 when nothing is. */
export const readWatch = async ({
  context,
  ref,
  signal,
}: Reader): Promise<Pick<Versioned<unknown>, 'revision'> & { readonly value?: CanaryWatch }> => {
  const found = await context.documents.find<CanaryWatch>(watchCollections.canaries, environmentId(ref), signal)
  return found ?? { revision: 0 }
}

/** ConflictError when another control was faster. */
export const writeWatch = async (
  { context, ref, signal }: Reader,
  expected: number,
  value: CanaryWatch,
): Promise<void> => {
  await context.documents.put(watchCollections.canaries, environmentId(ref), { expected, value }, signal)
}

/** A canary whose time nobody has written down yet has all of it. */
export const findCanaryStatus = async (
  reader: Reader,
  { number, createdAtMs, canary }: Release,
): Promise<CanaryStatus | undefined> => {
  if (canary === undefined) return undefined
  const { begun, ...watch } = (await findWatch(reader, number)) ?? {
    release: number,
    startedAtMs: createdAtMs,
    untilMs: createdAtMs + canary.forMs,
  }
  return { ...canary, ...watch, isMeasuring: begun !== undefined && watch.verdict === undefined }
}
