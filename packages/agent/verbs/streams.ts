import type { ItemOf, RequestOf, StreamName } from '@atoll/engine/remote'
import { EngineError } from '@atoll/engine'
import type { Build } from '@atoll/spec'
import type { Agent } from '../agent.ts'
import { recordWork } from '../log.ts'
import { judgeBuild } from '../policy.ts'
import { refuse, refusePlatformVolume } from '../refuse.ts'
import { collect } from './collect.ts'

type Streams = {
  readonly [Name in StreamName]: {
    /** Goes on until the caller leaves, so nobody waits for it when the agent stops. */
    readonly isEndless: boolean
    readonly open: (agent: Agent, request: RequestOf<Name>, signal: AbortSignal) => AsyncIterable<ItemOf<Name>>
  }
}

/** Who reads too slowly misses the oldest lines of a build, and all but the newest number of bytes. */
const maxWaitingLines = 10_000
const maxWaitingNumbers = 1

/** Verbs with many answers. */
export const streams: Streams = {
  watch: { isEndless: true, open: ({ engine }, { ref }, signal) => engine.watch(ref, signal) },
  logs: { isEndless: true, open: ({ engine }, query, signal) => engine.logs(query, signal) },
  'configs.events': { isEndless: true, open: ({ configs }, _request, signal) => configs.events(signal) },
  buildImage: {
    isEndless: false,
    open: ({ engine, journal }, { build, reference }, signal) =>
      collect(maxWaitingLines, (push) =>
        recordWork(journal, { verb: 'buildImage', ref: reference }, async () => {
          refuseFolder(build, reference)
          refuse(judgeBuild(build), `build ${reference}`)
          const onLine = (line: string): void => push({ kind: 'line', line })
          push({ kind: 'built', reference: await engine.buildImage({ build, reference, onLine }, signal) })
        }),
      ),
  },
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

/** A path would be one of the agent's own file system. */
const refuseFolder = ({ context }: Build, reference: string): void => {
  if (/^(?:https?:\/\/|git@|github\.com\/|git:\/\/|ssh:\/\/)/.test(context)) return
  throw new EngineError(
    'refused',
    `build ${reference}: an agent builds from addresses, not from the folder ${context}; build it in direct mode ` +
      '("atoll deploy --engine ..."), or name a git repository as build.context',
  )
}
