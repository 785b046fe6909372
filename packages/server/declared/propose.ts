import type { Place } from '../ask.ts'
import type { ServerPlan } from './change.ts'
import { derive } from './derive.ts'
import type { Sources } from './derive.ts'
import type { Settings } from './file/server-file.ts'
import { observe } from './observe.ts'
import type { Observed } from './observed.ts'
import { observeSshPort, observeSwarm } from './observe/surroundings.ts'
import type { ObservedSwarm } from './observe/surroundings.ts'
import { plan } from './plan.ts'

/** What is declared for one server. */
export interface Declared {
  readonly settings: Settings
  readonly sources: Sources
}

/** Where a server stands, as far as its firewall needs to know. */
export interface Standing {
  readonly sshPort: number
  readonly swarm: ObservedSwarm
}

export interface Proposal extends ServerPlan {
  readonly observed: Observed
}

const hasFirewall = ({ firewall }: Settings): boolean => firewall !== undefined && firewall !== 'off'

/** Undefined where no firewall is declared, and so nobody has to know. Throws ServerError. */
export const observeStanding = async (place: Place, settings: Settings): Promise<Standing | undefined> =>
  hasFirewall(settings) ? { sshPort: await observeSshPort(place), swarm: await observeSwarm(place) } : undefined

/** What is to be done on one server; looks, and changes nothing. `peers` are addresses of the other nodes. Throws ServerError. */
export async function propose(
  place: Place,
  { settings, sources }: Declared,
  { sshPort = 0, peers = [] }: { readonly sshPort?: number; readonly peers?: readonly string[] },
): Promise<Proposal> {
  const wanted = derive(settings, sources, { sshPort, peers })
  const observed = await observe(place, wanted)
  return { ...plan(wanted, observed), observed }
}
