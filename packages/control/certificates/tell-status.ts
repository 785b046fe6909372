import { describeHosts, wantedHosts } from '@atoll/certificates'
import type { HostState } from '@atoll/certificates'
import type { EnvironmentStatus, Release } from '@atoll/deploy'
import type { Control } from '../control.ts'
import { routedAppOf } from '../routes/find-routes.ts'
import { challengesOf, findAcme } from './acme-settings.ts'
import { listHeld } from './held.ts'
import { readWatch } from './watch.ts'

/**
 * Why hosts of an app have no certificate that was to be had, each in a sentence; nothing where no authority is set. Throws
 * StoreError.
 */
export const tellHosts = async (
  { documents, clock }: Pick<Control, 'documents' | 'clock'>,
  { ref: { app, environment }, release }: Pick<EnvironmentStatus, 'ref' | 'release'>,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const acme = await findAcme({ documents }, signal)
  if (acme === undefined || release === undefined) return []
  const found = await documents.find<Release>('release', `${app}.${environment}.${release.number}`, signal)
  const routed = found && routedAppOf(found.value.app)
  if (routed === undefined) return []
  const { attempts } = await readWatch({ documents }, signal)
  const states = describeHosts({
    certificates: await listHeld({ documents }, signal),
    hosts: wantedHosts([routed]),
    attempts,
    challenges: challengesOf(acme.value),
    nowMs: clock.now(),
  })
  return states.flatMap((state) => tellHost(state, attempts[state.host]?.reason) ?? [])
}

/** What is on its way, or is there, is nothing to tell. */
const tellHost = ({ host, kind, certificate }: HostState, reason: string | undefined): string | undefined => {
  if (kind === 'impossible') {
    return `${host} has no certificate: a wildcard is proven by the DNS; see "atoll acme set --help"`
  }
  if (kind === 'served' || reason === undefined) return undefined
  return certificate === undefined
    ? `${host} has no certificate: ${reason}`
    : `the certificate of ${host} is not renewed: ${reason}`
}
