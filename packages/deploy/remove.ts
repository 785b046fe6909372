import type { EnvironmentRef } from '@atoll/engine'
import { observe } from './attempt/converge.ts'
import { callToBegin } from './context.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { runWithoutFiles } from './derive.ts'
import { NotFoundError, renderRef } from './errors.ts'
import { awaitFree } from './ledger/take-lease.ts'
import { getEnvironment } from './ledger/ledger.ts'
import type { Outcome } from './records.ts'

/** Takes an environment away; its volumes stay unless told. Killed on the way, it is finished by removing again or `resume`. */
export const remove = async (
  context: Context,
  { ref, volumes }: { readonly ref: EnvironmentRef; readonly volumes: boolean },
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  await awaitFree(call)
  const { revision, value } = await getEnvironment(call)
  if (revision === 0 && !(await isRunning(call, { volumes }))) {
    throw new NotFoundError(`${renderRef(ref)} is not here`, 'see what is: "atoll ls"')
  }
  return runWithoutFiles(call, { task: { kind: 'remove', volumes }, release: value.current ?? value.lastRelease })
}

/** What lost its documents can still be removed. */
const isRunning = async (call: Call, { volumes }: { readonly volumes: boolean }): Promise<boolean> => {
  const observed = await observe(call)
  const things = [observed.services, observed.networks, observed.configs, observed.secrets]
  return things.flat().some(({ isOwned }) => isOwned) || (volumes && observed.volumes.length > 0)
}
