import type { HeldCertificate, WantedHost } from '../certificate.ts'
import { findByHost, isValid, servedCertificates } from '../served.ts'
import { retryAtMs } from './attempts.ts'
import type { Attempts } from './attempts.ts'
import { groupHosts } from './group-hosts.ts'
import { limits } from './limits.ts'
import { shareOf } from './share-of.ts'

export interface Situation {
  readonly certificates: readonly HeldCertificate[]
  readonly hosts: readonly WantedHost[]
  readonly attempts: Attempts
  readonly challenges: Challenges
  readonly nowMs: number
}

/** How names are proven: wildcards by records in the DNS alone, others by answering HTTP unless all go by the DNS. */
export type Challenges = 'http' | 'http-and-dns' | 'dns'

/** One certificate to be asked for. */
export interface Issue {
  readonly names: readonly string[]
  readonly challenge: 'http' | 'dns'
}

/** How a host stands. */
export interface HostState {
  readonly host: string
  readonly of: readonly string[]
  /** Of the certificate it is answered with. */
  readonly certificate?: string
  /**
   * `served`: nothing is to be done before `atMs`. `due`: now. `waiting`: it is due, and failed: again at `atMs`.
   * `impossible`: a wildcard, and nothing is set to prove one with.
   */
  readonly kind: 'served' | 'due' | 'waiting' | 'impossible'
  readonly atMs?: number
}

/** What is to be asked for now, most urgent first: hosts without a certificate, then those whose ends soonest. */
export const planIssues = (situation: Situation): readonly Issue[] => {
  const due = new Map(
    describeHosts(situation)
      .filter(({ kind }) => kind === 'due')
      .map((state) => [state.host, state]),
  )
  const ends = new Map(situation.certificates.map(({ id, notAfterMs }) => [id, notAfterMs]))
  const endOf = (host: string): number => ends.get(due.get(host)?.certificate ?? '') ?? 0
  return groupHosts([...due.values()], situation).toSorted(
    (a, b) => Math.min(...a.names.map(endOf)) - Math.min(...b.names.map(endOf)),
  )
}

/** Every host that is wanted, in the order given. */
export const describeHosts = (situation: Situation): readonly HostState[] => {
  const { certificates, hosts, nowMs } = situation
  const find = findByHost(certificates)
  const served = new Map(servedCertificates(certificates, hosts, nowMs).map((each) => [each.host, each.certificate.id]))
  return hosts.map(({ host, of }) => {
    const certificate = served.get(host)
    const named = { host, of, ...(certificate === undefined ? {} : { certificate }) }
    return { ...named, ...judge(host, find(host), situation) }
  })
}

/** A host is well as long as any certificate that is good for it is not to be renewed yet. */
const judge = (
  host: string,
  certificates: readonly HeldCertificate[],
  { attempts, challenges, nowMs }: Situation,
): Pick<HostState, 'kind' | 'atMs'> => {
  const dueMs = Math.max(0, ...certificates.filter((each) => isValid(each, nowMs)).map(renewAtMs))
  if (dueMs > nowMs) return { kind: 'served', atMs: dueMs }
  if (host.startsWith('*.') && challenges === 'http') return { kind: 'impossible' }
  const attempt = attempts[host]
  const againMs = attempt === undefined ? 0 : retryAtMs(host, attempt)
  return againMs > nowMs ? { kind: 'waiting', atMs: againMs } : { kind: 'due' }
}

/** At two thirds of its lifetime, whatever that is; those that were issued together are spread. */
export const renewAtMs = ({ kind, fingerprint, notBeforeMs, notAfterMs }: HeldCertificate): number => {
  const lifeMs = notAfterMs - notBeforeMs
  const part = kind === 'own' ? limits.ownRenewAt : limits.renewAt - limits.spread * shareOf(fingerprint)
  return Math.floor(notBeforeMs + lifeMs * part)
}
