import type { Reply } from '@atoll/api'
import { requireSession } from '../auth/authenticate.ts'
import { countSealed } from '../sealing/count-sealed.ts'
import type { Handlers } from './handler.ts'

/** As `atoll init` and `atoll keys rotate` write it. */
const keysPlace = ['platform', 'keys'] as const
type Held = Omit<Reply<'getKeys'>, 'sealed'>

export const keyHandlers: Handlers<'getKeys'> = {
  getKeys: async (control, { caller, signal }) => {
    requireSession(caller)
    const found = await control.documents.find<Held>(...keysPlace, signal)
    const { sealsKey, rotatedAtMs, rotation } = found?.value ?? {}
    const { byKey } = await countSealed(control, sealsKey, signal)
    return {
      ...(sealsKey === undefined ? {} : { sealsKey }),
      ...(rotatedAtMs === undefined ? {} : { rotatedAtMs }),
      ...(rotation === undefined ? {} : { rotation }),
      sealed: byKey,
    }
  },
}
