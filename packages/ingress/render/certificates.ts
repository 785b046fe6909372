import type { HttpRoute } from '@atoll/spec'
import type { HostCertificate, IngressSettings } from '../table.ts'

export const certificatesFolder = 'certificates'

/** One file for each host; a folder without any is no folder, and HAProxy wants one. */
export const certificateFiles = (
  certificates: readonly HostCertificate[],
  { https }: IngressSettings,
): Readonly<Record<string, string>> => {
  if (https === undefined) return {}
  const files = certificates.map(({ host, pem }) => [certificatePath(host), pem] as const)
  return { [`${certificatesFolder}/.keep`]: '', ...Object.fromEntries(files) }
}

/** No name of a host has a `_`. */
export const certificatePath = (host: string): string => `${certificatesFolder}/${host.replace('*', '_')}.pem`

/** Whether a browser that is sent from HTTP to HTTPS would be welcome there: by a certificate of the host or its wildcard. */
export type IsTrusted = (route: HttpRoute) => boolean

export const trustedBy = (certificates: readonly HostCertificate[]): IsTrusted => {
  const hosts = new Set(certificates.filter(({ isPublic }) => isPublic).map(({ host }) => host))
  return ({ match: { host } }) => hosts.has(host) || hosts.has(host.replace(/^[^.]*/, '*'))
}
