import { EngineError } from '@atoll/engine'
import { buildLimits, buildStartShape, collect, parseShape, readFrames } from '@atoll/engine/remote'
import type { BuildItem } from '@atoll/engine/remote'
import type { Build } from '@atoll/spec'
import type { Agent } from '../agent.ts'
import { recordWork } from '../log.ts'
import { judgeBuild } from '../policy.ts'
import { refuseWithoutRoom } from '../disk/refuse-without-room.ts'
import { refuse } from '../refuse.ts'
import { writeItems } from '../write-items.ts'
import type { Exchange } from './exec.ts'

type Frames = ReturnType<typeof readFrames>
type Start = ReturnType<typeof buildStartShape.parse>

/** Who reads too slowly misses the oldest lines. */
const maxWaitingLines = 10_000
const startTimeoutMs = 10_000

/** Builds for one caller; what is sent of its tar is read at the pace of the engine. It ends when the caller leaves. */
export const answerBuild = async (
  agent: Agent,
  { request, response }: Exchange,
  signal: AbortSignal,
): Promise<void> => {
  const frames = readFrames(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
  const start = parseShape(buildStartShape, await readStart(frames), 'buildImage')
  using limit = limitTime(start.reference)
  const ended = AbortSignal.any([signal, limit.signal])
  try {
    await writeItems(response, build(agent, { start, frames }, ended), ended)
  } finally {
    // As long as somebody reads here, nobody else can throw the rest away.
    void frames.return(undefined).then(
      () => request.resume(),
      () => undefined,
    )
  }
}

/** One build at a time for each node. */
const build = (
  { engine, journal, builds, watch }: Agent,
  { start, frames }: { readonly start: Start; readonly frames: Frames },
  signal: AbortSignal,
): AsyncGenerator<BuildItem, void> => {
  const { build, reference, isPacked } = start
  const doing = `build ${reference}`
  return collect(maxWaitingLines, (push) =>
    // What fails a build may quote its arguments, and those may be secret.
    recordWork(journal, { verb: 'buildImage', ref: reference, isMute: true }, async () => {
      if (!isPacked) refuseFolder(build, reference)
      refuse(judgeBuild(build), doing)
      refuseWithoutRoom(watch, doing)
      const onLine = (line: string): void => push({ kind: 'line', line })
      const onWait = (others: number): void => onLine(`waiting for ${others} other builds on this node`)
      const packed = isPacked ? { packed: readTar(frames, buildLimits.tarBytes) } : {}
      const work = (): Promise<string> => engine.buildImage({ build, reference, onLine, ...packed }, signal)
      const built = await builds.take(work, { doing, onWait, signal }).catch((cause: unknown) => {
        // The engine only knows that it was stopped.
        throw signal.aborted ? signal.reason : cause
      })
      push({ kind: 'built', reference: built })
    }),
  )
}

const limitTime = (reference: string): Disposable & { readonly signal: AbortSignal } => {
  const limit = new AbortController()
  const message = `build ${reference}: not done after ${buildLimits.totalMs / 60_000} minutes`
  const late = new EngineError('timeout', message, { retry: false })
  const timer = setTimeout(() => limit.abort(late), buildLimits.totalMs)
  return { signal: limit.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}

const readStart = async (frames: Frames): Promise<unknown> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new EngineError('timeout', 'buildImage: it did not say in time what to build')),
    startTimeoutMs,
  )
  try {
    const { value: first } = await Promise.race([frames.next(), late.promise])
    if (first?.kind === 'start') return JSON.parse(first.data.toString())
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  } finally {
    clearTimeout(timer)
  }
  throw new EngineError('invalid', 'buildImage: it begins without a start')
}

/** A tar that was cut off is an error, never a shorter tar. Throws EngineError only. */
export async function* readTar(frames: Frames, mostBytes: number): AsyncGenerator<Uint8Array, void> {
  let bytes = 0
  try {
    for await (const { kind, data } of frames) {
      if (kind === 'input-end') return
      if (kind !== 'input') throw new EngineError('invalid', `buildImage: a frame ${kind} is no part of a tar`)
      bytes += data.length
      if (bytes > mostBytes) throw new EngineError('invalid', `buildImage: the tar is above ${mostBytes} bytes`)
      yield data
    }
  } catch (cause) {
    throw cause instanceof EngineError && !cause.retry ? cause : cutOff(cause)
  }
  throw cutOff()
}

const cutOff = (cause?: unknown): EngineError =>
  new EngineError('unreachable', 'buildImage: the tar was cut off', { retry: false, cause })

/** A path would be one of the agent's own file system. */
const refuseFolder = ({ context }: Build, reference: string): void => {
  if (/^(?:https?:\/\/|git@|github\.com\/|git:\/\/|ssh:\/\/)/.test(context)) return
  throw new EngineError(
    'refused',
    `build ${reference}: an agent builds what is sent to it and from addresses, not from the folder ${context}`,
  )
}
