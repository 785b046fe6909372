import { Secret, TOTP } from 'otpauth'
import type { Seals } from '../control.ts'
import type { TotpRecord } from './records.ts'

const periodS = 30

/** RFC 6238 with what every authenticator app knows: SHA-1, six digits, thirty seconds. */
const toTotp = (name: string, secret: Secret): TOTP =>
  new TOTP({ issuer: 'Atoll', label: name, secret, algorithm: 'SHA1', digits: 6, period: periodS })

const placeOf = (name: string): string => `person/${name}/totp`

export interface Enrolment {
  readonly record: TotpRecord
  /** For a QR code. */
  readonly uri: string
  readonly secret: string
}

export const enrol = (seals: Seals, name: string): Enrolment => {
  const secret = new Secret({ size: 20 })
  const sealed = seals.seal(secret.bytes, placeOf(name))
  return {
    record: { sealed, isConfirmed: false, lastStep: 0 },
    uri: toTotp(name, secret).toString(),
    secret: secret.base32,
  }
}

/** The same under the key that seals now. */
export const resealTotp = (seals: Pick<Seals, 'reseal'>, name: string, record: TotpRecord): TotpRecord => ({
  ...record,
  sealed: seals.reseal(record.sealed, placeOf(name)),
})

/** The record after a right code; undefined when it is wrong, or was taken before. A step to each side is forgiven. */
export const takeCode = (
  seals: Seals,
  { name, record }: { readonly name: string; readonly record: TotpRecord },
  { code, nowMs }: { readonly code: string; readonly nowMs: number },
): TotpRecord | undefined => {
  const bytes = Uint8Array.from(seals.open(record.sealed, placeOf(name)))
  const delta = toTotp(name, new Secret({ buffer: bytes.buffer })).validate({
    token: code,
    timestamp: nowMs,
    window: 1,
  })
  if (delta === null) return undefined
  const step = Math.floor(nowMs / 1000 / periodS) + delta
  return step > record.lastStep ? { ...record, lastStep: step } : undefined
}
