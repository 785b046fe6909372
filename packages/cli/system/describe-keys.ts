import type { Reply } from '@atoll/api'
import { countSealed } from '@atoll/control/sealing'
import type { Context } from '@atoll/deploy'
import { CommandError } from '../errors.ts'
import { keysPlace } from './keys-record.ts'
import type { KeysRecord } from './keys-record.ts'

/** What a control answers to `getKeys`, over the engine. CommandError `no-platform`. */
export const describeKeys = async ({ documents }: Context, signal: AbortSignal): Promise<Reply<'getKeys'>> => {
  const found = await documents.find<KeysRecord>(...keysPlace, signal)
  if (found === undefined) {
    const hint = 'run "atoll init", which makes them'
    throw new CommandError('no-platform', 'look at the keys: the platform is not installed here', { hint })
  }
  const { sealsKey, rotatedAtMs, rotation } = found.value
  const { byKey } = await countSealed({ documents }, sealsKey, signal)
  return {
    ...(sealsKey === undefined ? {} : { sealsKey }),
    ...(rotatedAtMs === undefined ? {} : { rotatedAtMs }),
    ...(rotation === undefined ? {} : { rotation: describeRotation(rotation) }),
    sealed: byKey,
  }
}

const describeRotation = ({ phase, sealsKey, startedAtMs }: NonNullable<KeysRecord['rotation']>) => ({
  phase,
  sealsKey,
  startedAtMs,
})
