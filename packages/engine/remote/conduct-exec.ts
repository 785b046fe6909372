import type { Writable } from 'node:stream'
import type { ExecRequest } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { readFrames, renderFrame, renderJsonFrame, writeData } from './frames.ts'
import type { Frame } from './frames.ts'
import { parseJson } from './json-lines.ts'
import { Outlet } from './outlet.ts'
import { exitShape } from './verbs.ts'
import { parseError, parseShape } from './wire-error.ts'

/** Frames both ways. Whoever opened it closes it. */
export interface Conversation {
  readonly outgoing: Writable
  readonly incoming: Promise<AsyncIterable<Buffer>>
}

export interface ConductedExec extends Omit<Conducted, 'request'> {
  readonly request: Omit<ExecRequest, 'taskId'>
}

/** Bytes both ways, as an exec has them. */
export interface Conducted {
  readonly request: Pick<ExecRequest, 'stdin' | 'stdout' | 'stderr' | 'onResize'>
  /** What the first frame says; of an exec, besides the program itself. */
  readonly start: object
  /** Begins messages: `run sh in task abc`. */
  readonly doing: string
}

/** Several times as long as the other side is ever silent. */
const silenceMs = 20_000

/** The caller's side of an exec. Gives the exit status; EngineError `unreachable` when the other side is gone. */
export const conductExec = (
  conversation: Conversation,
  { request, start, doing }: ConductedExec,
  signal: AbortSignal,
): Promise<number> =>
  conduct(conversation, { request, start: { ...describeProgram(request), ...start }, doing }, signal)

/** The same of whatever begins with `start`. */
export const conduct = async (
  { outgoing, incoming }: Conversation,
  { request, start, doing }: Conducted,
  signal: AbortSignal,
): Promise<number> => {
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  using outlet = new Outlet(outgoing, ended)
  try {
    outlet.write(renderJsonFrame('start', start))
    request.onResize?.((size) => {
      if (!ended.aborted) outlet.write(renderJsonFrame('resize', size))
    })
    void sendInput(outlet, request, ended)
    return await receiveOutput(await incoming, request, doing)
  } finally {
    ending.abort()
  }
}

const describeProgram = (request: ConductedExec['request']): object => {
  const { argv, user, workingDir, environment, tty, stdin } = request
  const size = tty && { columns: tty.columns, rows: tty.rows }
  return { argv, user, workingDir, environment, tty: size, hasInput: stdin !== undefined }
}

const sendInput = async (outlet: Outlet, { stdin }: Conducted['request'], ended: AbortSignal): Promise<void> => {
  try {
    for await (const chunk of stdin ?? []) {
      if (ended.aborted || outlet.isClosed) return
      await writeData(outlet, 'input', chunk)
    }
    if (stdin !== undefined && !ended.aborted) outlet.write(renderFrame('input-end', new Uint8Array()))
  } catch {
    // The program ended before it had read all: its exit status says how it went.
    return
  }
}

const receiveOutput = async (
  incoming: AsyncIterable<Buffer>,
  request: Conducted['request'],
  doing: string,
): Promise<number> => {
  const frames = readFrames(incoming)
  for (;;) {
    const frame = await awaitFrame(frames, doing)
    if (frame === undefined) throw new EngineError('unreachable', `${doing}: ${goneMessage}`, { retry: false })
    const { kind, data } = frame
    if (kind === 'stdout' || kind === 'stderr') await request[kind](data)
    else if (kind === 'exit')
      return parseShape(exitShape, parseJson(data.toString(), doing), `${doing}: the exit status is not understood`)
        .status
    else if (kind !== 'alive')
      throw parseError(parseJson(data.toString(), doing)) ?? new EngineError('invalid', `${doing}: a wrong frame came`)
  }
}

const goneMessage = 'the other side left before the program had ended'

/** A machine without power says nothing; only the time spent waiting counts, so a slow taker is no silence. */
const awaitFrame = async (frames: AsyncGenerator<Frame, void>, doing: string): Promise<Frame | undefined> => {
  const silence = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const message = `${doing}: nothing was heard for ${silenceMs / 1000} s; the node or the network may be gone`
    silence.reject(new EngineError('unreachable', message, { retry: false }))
  }, silenceMs)
  try {
    const next = await Promise.race([frames.next(), silence.promise])
    return next.done === true ? undefined : next.value
  } finally {
    clearTimeout(timer)
  }
}
