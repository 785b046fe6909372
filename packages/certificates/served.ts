import { coversHost } from './certificate.ts'
import type { HeldCertificate, WantedHost } from './certificate.ts'

/** Which certificate a host is answered with. */
export interface Served<Certificate extends HeldCertificate = HeldCertificate> {
  readonly host: string
  readonly certificate: Certificate
}

/**
 * The best certificate of each host, of hosts that have any: what every ingress is to be given. One that is valid before one
 * that is not, then one that somebody brought, then one for the very name, then the one that lasts longest. One that has
 * ended is better than none: who asks is told so, and not that nobody is there.
 */
export const servedCertificates = <Certificate extends HeldCertificate>(
  certificates: readonly Certificate[],
  hosts: readonly Pick<WantedHost, 'host'>[],
  nowMs: number,
): readonly Served<Certificate>[] => {
  const find = findByHost(certificates)
  return hosts.flatMap(({ host }) => {
    const [best] = find(host).toSorted((a, b) => compare(host, [a, b], nowMs))
    return best === undefined ? [] : [{ host, certificate: best }]
  })
}

/** Finds the certificates that are good for a host, without looking through all of them each time. */
export const findByHost = <Certificate extends HeldCertificate>(
  certificates: readonly Certificate[],
): ((host: string) => readonly Certificate[]) => {
  const byName = new Map<string, Certificate[]>()
  for (const certificate of certificates) {
    for (const name of certificate.names) byName.set(name, [...(byName.get(name) ?? []), certificate])
  }
  return (host) => [...new Set([host, wildcardOf(host)].flatMap((name) => byName.get(name) ?? []))]
}

const wildcardOf = (host: string): string => (host.startsWith('*.') ? host : `*${host.slice(host.indexOf('.'))}`)

/** None is held that has not begun; where clocks differ a little it has begun elsewhere. */
export const isValid = ({ notAfterMs }: HeldCertificate, nowMs: number): boolean => nowMs < notAfterMs

const compare = (host: string, [a, b]: readonly [HeldCertificate, HeldCertificate], nowMs: number): number =>
  rank(a, nowMs) - rank(b, nowMs) ||
  Number(b.names.includes(host)) - Number(a.names.includes(host)) ||
  b.notAfterMs - a.notAfterMs ||
  (a.id < b.id ? -1 : Number(a.id > b.id))

/** The lower the better. */
const rank = (certificate: HeldCertificate, nowMs: number): number =>
  (isValid(certificate, nowMs) ? 0 : 2) + (certificate.kind === 'own' ? 0 : 1)

/** Whether any of these hosts could be answered with it. */
export const isOfUse = ({ names }: HeldCertificate, hosts: readonly Pick<WantedHost, 'host'>[]): boolean =>
  hosts.some(({ host }) => names.some((name) => coversHost(name, host)))
