import { issueCertificate } from '@atoll/authority'
import type { Authority } from '@atoll/authority'
import type { HostCertificate } from '@atoll/ingress'
import { limits } from '../limits.ts'

/** Certificates for hosts that have no better; those that cannot be made are not there. */
type MakeCertificates = (hosts: readonly string[], signal: AbortSignal) => Promise<readonly HostCertificate[]>

export interface Signing {
  readonly authority: Authority
  readonly now: () => number
  /** Names by which controls are reached, in lower case. */
  readonly listOwnNames: (signal: AbortSignal) => Promise<readonly string[]>
}

interface Issued {
  readonly certificate: HostCertificate
  readonly notAfterMs: number
}

/**
 * Certificates of the cluster's own authority, so that every host answers by TLS: nobody's browser trusts them, and they last
 * until somebody brings better. Their keys are in memory and with the ingresses; another leader makes others.
 */
export const createOwnCertificates = ({ authority, now, listOwnNames }: Signing): MakeCertificates => {
  let issued: ReadonlyMap<string, Issued> = new Map()
  return async (hosts, signal) => {
    const next = new Map<string, Issued>()
    const names = await listOwnNames(signal)
    for (const host of hosts.filter((each) => !isOwnName(each, names))) {
      const held = issued.get(host)
      const isFresh = held !== undefined && held.notAfterMs - now() > limits.routes.certificateRenewMs
      next.set(host, isFresh ? held : await issue(authority, host, now()))
    }
    issued = next
    return [...next.values()].map(({ certificate }) => certificate)
  }
}

/**
 * Whoever has a certificate of the authority for a name of the platform could pose as a control or an agent, and the keys of these
 * are on every node: what controls are called (names without a dot, too), and agents (`peers/name-agent.ts`).
 */
const isOwnName = (host: string, names: readonly string[]): boolean =>
  !host.includes('.') ||
  host.endsWith('.atoll') ||
  names.some((name) => name === host || name.replace(/^[^.]*/, '*') === host)

const issue = async (authority: Authority, host: string, nowMs: number): Promise<Issued> => {
  const { certificatePem, keyPem, notAfterMs } = await issueCertificate({
    authority,
    commonName: host.slice(0, longestCommonName),
    names: [host],
    addresses: [],
    use: 'server',
    nowMs,
    lifeMs: limits.routes.certificateLifeMs,
  })
  const pem = [certificatePem, authority.certificatePem, keyPem].map((text) => text.trim()).join('\n')
  return { certificate: { host, pem: `${pem}\n`, isPublic: false }, notAfterMs }
}

/** RFC 5280; clients look at the other names. */
const longestCommonName = 64
