import type { Client } from '@atoll/api'
import type { Outcome } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'

interface Wanted {
  readonly ref: EnvironmentRef
  readonly number: number
}

/** How a deployment ended; undefined while it runs. */
export const findOutcome = async (
  client: Client,
  { ref, number }: Wanted,
  signal: AbortSignal,
): Promise<Outcome | undefined> => {
  const { state, release, receipt } = await client.call('getDeployment', { params: { ...ref, number } }, signal)
  return state === 'running' ? undefined : { kind: state, deployment: number, release, receipt }
}
