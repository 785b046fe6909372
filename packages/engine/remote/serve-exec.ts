import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { Writable } from 'node:stream'
import type { z } from 'zod'
import type { ExecRequest, TakeOutput } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { renderFrame, renderJsonFrame, writeData } from './frames.ts'
import type { Frame } from './frames.ts'
import { parseJson } from './json-lines.ts'
import { Outlet } from './outlet.ts'
import { sizeShape } from './verbs.ts'
import type { execProgramShape } from './verbs.ts'
import { parseShape, renderError } from './wire-error.ts'

type Frames = AsyncGenerator<Frame, void>
export type ExecProgram = z.output<typeof execProgramShape>

export interface ServedExec extends ServedBytes {
  readonly program: ExecProgram
}

export interface ServedBytes {
  /** What the caller sends after its start. */
  readonly frames: Frames
  /** Where the answer goes; ended with the program. */
  readonly outgoing: Writable
  /** Whatever was thrown, as callers are told it. */
  readonly describe: (cause: unknown) => EngineError
}

const maxWaitingInputBytes = 1024 * 1024
const startTimeoutMs = 10_000
/** So often the caller hears that we are here. */
const aliveEveryMs = 5_000

/** What the caller wants run; EngineError `timeout` or `invalid` when it does not say. */
export const readExecStart = async <T>(frames: Frames, shape: z.ZodType<T>): Promise<T> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new EngineError('timeout', 'exec: it did not say in time what to run', { retry: false })),
    startTimeoutMs,
  )
  try {
    const first = await Promise.race([frames.next(), late.promise])
    if (first.done === true || first.value.kind !== 'start')
      throw new EngineError('invalid', 'exec: it begins without a start')
    return parseShape(shape, parseJson(first.value.data.toString(), 'exec: start'), 'exec')
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The answering side of an exec: runs the program, each side at the pace of the other, and says how it ended. What went wrong
 * is said to the caller and thrown.
 */
export const serveExec = (
  { program, ...served }: ServedExec,
  exec: (request: Omit<ExecRequest, 'taskId'>, signal: AbortSignal) => Promise<number>,
  signal: AbortSignal,
): Promise<void> => {
  const { hasInput, ...rest } = program
  return serveBytes(
    served,
    ({ stdin, ...ends }, ended) => exec({ ...rest, ...ends, ...(hasInput && { stdin }) }, ended),
    signal,
  )
}

/** What the work of a conversation has: the caller's end of it. */
export type ServedEnds = Required<Pick<ExecRequest, 'stdin' | 'stdout' | 'stderr' | 'onResize'>>

/** The same of any work that takes bytes and gives some; it gives the exit status. */
export const serveBytes = async (
  { frames, outgoing, describe }: ServedBytes,
  work: (ends: ServedEnds, signal: AbortSignal) => Promise<number>,
  signal: AbortSignal,
): Promise<void> => {
  const failure = new AbortController()
  const ended = AbortSignal.any([signal, failure.signal])
  const input = openInput(frames, { fail: (error) => failure.abort(error), signal: ended })
  const { stdin, onResize } = input
  using outlet = new Outlet(outgoing, ended)
  const takers = { stdout: takeOutput(outlet, 'stdout'), stderr: takeOutput(outlet, 'stderr') }
  const stopBeat = beat(outlet)
  try {
    const status = await work({ ...takers, stdin, onResize }, ended)
    // An engine may end without a word when it is told to.
    ended.throwIfAborted()
    outlet.end(renderJsonFrame('exit', { status }))
  } catch (cause) {
    const error = describe(ended.aborted ? ended.reason : cause)
    outlet.end(renderJsonFrame('error', renderError(error)))
    throw error
  } finally {
    stopBeat()
    input.close()
  }
}

const beat = (outlet: Outlet): (() => void) => {
  const timer = setInterval(() => {
    if (outlet.isIdle && !outlet.isClosed) outlet.write(renderFrame('alive', new Uint8Array()))
  }, aliveEveryMs)
  return () => clearInterval(timer)
}

interface Ending {
  readonly fail: (error: EngineError) => void
  readonly signal: AbortSignal
}

type Input = Required<Pick<ExecRequest, 'stdin' | 'onResize'>> & { readonly close: () => void }

const openInput = (frames: Frames, { fail, signal }: Ending): Input => {
  const stdin = new PassThrough({ highWaterMark: maxWaitingInputBytes })
  const listeners: Parameters<Input['onResize']>[0][] = []
  const pump = async (): Promise<void> => {
    for await (const { kind, data } of frames) {
      if (signal.aborted || stdin.destroyed) return
      if (kind === 'input') {
        if (!stdin.write(data)) await once(stdin, 'drain', { signal })
      } else if (kind === 'input-end') stdin.end()
      else if (kind === 'resize') {
        const size = parseShape(sizeShape, parseJson(data.toString(), 'exec: resize'), 'exec: resize')
        for (const listener of listeners) listener(size)
      } else throw new EngineError('invalid', `exec: a frame ${kind} is not for this side`)
    }
  }
  // A caller that left is no failure of its input: the signal says so.
  pump().catch((error: unknown) => {
    if (error instanceof EngineError) fail(error)
  })
  return { stdin, onResize: (listener) => void listeners.push(listener), close: () => void stdin.destroy() }
}

const takeOutput =
  (outlet: Outlet, kind: 'stdout' | 'stderr'): TakeOutput =>
  (chunk) =>
    writeData(outlet, kind, chunk)
