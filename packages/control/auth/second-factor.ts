import type { World } from '../control.ts'
import { ControlError } from '../errors.ts'
import { takeRecoveryCode } from './recovery-codes.ts'
import type { PersonRecord, TotpRecord } from './records.ts'
import { takeCode } from './totp.ts'

export interface GivenFactor {
  readonly totp?: string
  readonly recoveryCode?: string
}

interface Owner {
  readonly name: string
  readonly person: PersonRecord
}

/**
 * The person after what was given besides the password, which has to be written before anything else is done: each code is
 * good once. The same person where no one-time passwords are in use. ControlError `totp-required` or `wrong-password`.
 */
export const takeFactor = (
  { seals, clock }: Pick<World, 'seals' | 'clock'>,
  { name, person }: Owner,
  { totp: code, recoveryCode }: GivenFactor,
): PersonRecord => {
  const { totp } = person
  if (totp?.isConfirmed !== true) return person
  if (code === undefined && recoveryCode === undefined) throw totpRequired()
  const taken =
    code === undefined
      ? takeRecovery(totp, recoveryCode ?? '')
      : takeCode(seals, { name, record: totp }, { code, nowMs: clock.now() })
  if (taken === undefined) throw wrongPassword()
  return { ...person, totp: taken }
}

const takeRecovery = (totp: TotpRecord, code: string): TotpRecord | undefined => {
  const recoveryHashes = takeRecoveryCode(totp.recoveryHashes ?? [], code)
  return recoveryHashes && { ...totp, recoveryHashes }
}

/** The same for whatever of it is wrong, so that nobody learns which. */
export const wrongPassword = (): ControlError =>
  new ControlError('wrong-password', 'name, password or one-time password are wrong', { status: 401 })

const totpRequired = (): ControlError =>
  new ControlError('totp-required', 'a one-time password is needed too', {
    status: 401,
    hint: 'give the six digits of the authenticator as totp, or one of the recovery codes',
  })
