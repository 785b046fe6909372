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

/** The texts of certificates by path, out of the files of a configuration. */
export const pickCertificates = (files: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(files).filter(([path]) => isCertificate(path)))

const isCertificate = (path: string): boolean => path.startsWith(`${certificatesFolder}/`) && path.endsWith('.pem')

/** The same files, of certificates only that they are there: a process that runs is given others in their place. */
export const leaveOutCertificates = (files: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [path, isCertificate(path) ? '' : text]))

/** Whether a browser that is sent from HTTP to HTTPS would be welcome there: by a certificate of the host or its wildcard. */
export type IsTrusted = (route: HttpRoute) => boolean

export const trustedBy = (certificates: readonly HostCertificate[]): IsTrusted => {
  const hosts = new Set(certificates.filter(({ isPublic }) => isPublic).map(({ host }) => host))
  return ({ match: { host } }) => hosts.has(host) || hosts.has(host.replace(/^[^.]*/, '*'))
}
