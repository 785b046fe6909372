import type { HostCertificate, RouteTable } from '@atoll/ingress'

export type GivenCertificates = Pick<RouteTable, 'certificates' | 'acmeThumbprint'>

/** What TLS of these hosts is answered with, and challenges of the authority. Throws SealError, StoreError. */
export type FindCertificates = (hosts: readonly string[], signal: AbortSignal) => Promise<GivenCertificates>

type Find = (hosts: readonly string[], signal: AbortSignal) => Promise<readonly HostCertificate[]>

export interface CertificateSources {
  /** Those that people brought and authorities issued. */
  readonly held: Find
  /** Those of the cluster itself. */
  readonly own: Find
  readonly findThumbprint: (signal: AbortSignal) => Promise<string | undefined>
}

/** The best there is for each host: until a better one is there the cluster's own, which no browser trusts. */
export const createFindCertificates =
  ({ held, own, findThumbprint }: CertificateSources): FindCertificates =>
  async (hosts, signal) => {
    const better = await held(hosts, signal)
    const known = new Set(better.map(({ host }) => host))
    const others = await own(
      hosts.filter((host) => !known.has(host)),
      signal,
    )
    const acmeThumbprint = await findThumbprint(signal)
    return {
      certificates: [...better, ...others].toSorted((a, b) => (a.host < b.host ? -1 : 1)),
      ...(acmeThumbprint === undefined ? {} : { acmeThumbprint }),
    }
  }
