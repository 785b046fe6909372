import type { HeldCertificate, WantedHost } from '../certificate.ts'
import { isOfUse, isValid, servedCertificates } from '../served.ts'

/** Certificates of ours that can go: another serves each of their hosts, or nobody wants those and they have ended. */
export const chooseObsolete = (
  certificates: readonly HeldCertificate[],
  hosts: readonly WantedHost[],
  nowMs: number,
): readonly HeldCertificate[] => {
  const issued = certificates.filter(({ kind }) => kind === 'issued')
  // One of ours stands by while somebody's own is served, so those are asked apart.
  const used = new Set(servedCertificates(issued, hosts, nowMs).map(({ certificate }) => certificate.id))
  // Hosts that nobody wants now may come back while theirs is good.
  const isWaiting = (each: HeldCertificate): boolean => !isOfUse(each, hosts) && isValid(each, nowMs)
  return issued.filter((each) => !used.has(each.id) && !isWaiting(each))
}
