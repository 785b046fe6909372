/** What is known of a certificate without its key. */
export interface CertificateFacts {
  /** DNS names it is good for, in lower case, sorted; `*.example.org` is one label more. */
  readonly names: readonly string[]
  /** Who signed it, as people know them: `R11 (Let's Encrypt)`. */
  readonly issuer: string
  /** SHA-256 of the certificate (DER), hex. */
  readonly fingerprint: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** One that is kept for the cluster. `own`: somebody brought it; nobody renews it but them. */
export interface HeldCertificate extends CertificateFacts {
  readonly id: string
  readonly kind: 'issued' | 'own'
}

/** A host that routes lead from, with the environments that have it: `shop/production`. */
export interface WantedHost {
  readonly host: string
  readonly of: readonly string[]
}

/** Whether a certificate for this name is good for the host: itself, or a wildcard one label above. */
export const coversHost = (name: string, host: string): boolean =>
  name === host || (name.startsWith('*.') && !host.startsWith('*.') && name.slice(1) === host.slice(host.indexOf('.')))
