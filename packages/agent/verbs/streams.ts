import { collect } from '@atoll/engine/remote'
import type { ItemOf, RequestOf, StreamName } from '@atoll/engine/remote'
import type { Agent } from '../agent.ts'
import { recordWork } from '../log.ts'
import { refusePlatformVolume } from '../refuse.ts'
import { routingStreams } from './routing.ts'

export type Streams = {
  readonly [Name in StreamName]: {
    /** Goes on until the caller leaves, so nobody waits for it when the agent stops. */
    readonly isEndless: boolean
    readonly open: (agent: Agent, request: RequestOf<Name>, signal: AbortSignal) => AsyncIterable<ItemOf<Name>>
  }
}

/** Who reads too slowly misses all but the newest number of bytes. */
const maxWaitingNumbers = 1

/** Verbs with many answers. */
export const streams: Streams = {
  ...routingStreams,
  watch: { isEndless: true, open: ({ engine }, { ref }, signal) => engine.watch(ref, signal) },
  logs: { isEndless: true, open: ({ engine }, query, signal) => engine.logs(query, signal) },
  readLog: { isEndless: true, open: ({ node }, query, signal) => node.readLog(query, signal) },
  'configs.events': { isEndless: true, open: ({ configs }, _request, signal) => configs.events(signal) },
  moveVolume: {
    isEndless: false,
    open: ({ engine, journal }, { ref, engineName, toNodeId }, signal) => {
      const about = {
        verb: 'moveVolume',
        ref: `${ref.app}/${ref.environment}`,
        subject: `${engineName} to ${toNodeId}`,
      }
      return collect(maxWaitingNumbers, (push) =>
        recordWork(journal, about, async () => {
          refusePlatformVolume(ref, engineName, `move volume ${engineName}`)
          const onProgress = (bytes: number): void => push({ bytes })
          await engine.moveVolume({ ref, engineName, toNodeId, onProgress }, signal)
        }),
      )
    },
  },
}
