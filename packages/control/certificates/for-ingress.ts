import { servedCertificates } from '@atoll/certificates'
import type { HostCertificate } from '@atoll/ingress'
import type { World } from '../control.ts'
import { findAcme } from './acme-settings.ts'
import { listHeld } from './held.ts'
import { openKey } from './seals.ts'

type Recent = Pick<World, 'recentDocuments' | 'seals' | 'clock'>

/**
 * Of hosts that have a certificate, the best, which is public until it ends: somebody has chosen who signs it. As documents were a
 * moment ago. Throws SealError, StoreError.
 */
export const findServedPems = async (
  { recentDocuments: documents, seals, clock }: Recent,
  hosts: readonly string[],
  signal: AbortSignal,
): Promise<readonly HostCertificate[]> => {
  const nowMs = clock.now()
  const named = hosts.map((host) => ({ host }))
  const served = servedCertificates(await listHeld({ documents }, signal), named, nowMs)
  const opened = new Map(served.map(({ certificate }) => [certificate.id, certificate]))
  const pems = new Map([...opened].map(([id, held]) => [id, held.chainPem + openKey(seals, id, held)]))
  return served.map(({ host, certificate: { id, notAfterMs } }) => ({
    host,
    pem: pems.get(id) ?? '',
    isPublic: nowMs < notAfterMs,
  }))
}

/** What challenges are answered with; undefined where no authority is set. */
export const findThumbprint = async (
  { recentDocuments: documents }: Pick<World, 'recentDocuments'>,
  signal: AbortSignal,
): Promise<string | undefined> => (await findAcme({ documents }, signal))?.value.thumbprint
