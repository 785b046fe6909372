import type { EnvironmentRef } from '@atoll/engine'
import { ControlError } from '../errors.ts'

/** The platform's own app; only the platform changes it. */
const reservedApp = 'atoll'

/** ControlError `reserved`, whoever asks. */
export const refuseReserved = ({ app }: Pick<EnvironmentRef, 'app'>): void => {
  if (app !== reservedApp) return
  throw new ControlError('reserved', 'the app atoll is the platform itself', {
    status: 403,
    hint: 'give the app another name; the platform is changed with "atoll init" and "atoll upgrade"',
  })
}
