import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { EngineError } from '@atoll/engine'
import type { ExecRequest } from '@atoll/engine'
import {
  cutFrames,
  execStartShape,
  parseShape,
  readFrames,
  renderError,
  renderJsonFrame,
  sizeShape,
} from '@atoll/engine/remote'
import type { Agent } from '../agent.ts'
import { describeFailure } from '../failure.ts'
import { recordWork } from '../log.ts'
import { isPlatformApp } from '../policy.ts'

type Frames = ReturnType<typeof readFrames>

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

const maxWaitingInputBytes = 1024 * 1024
/** An engine that does not wait for its taker could fill the memory. */
const maxWaitingOutputBytes = 32 * 1024 * 1024
const startTimeoutMs = 10_000

/** Runs a program in a task, bytes both ways. It ends when the caller leaves. */
export const answerExec = async (agent: Agent, { request, response }: Exchange, signal: AbortSignal): Promise<void> => {
  const frames = readFrames(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
  const start = await readStart(frames)
  const about = { verb: 'exec', ref: `task ${start.taskId}`, subject: start.argv[0] ?? '' }
  await recordWork(agent.journal, about, async () => {
    await refusePlatformTask(agent, start.taskId, signal)
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).flushHeaders()
    const failure = new AbortController()
    const fail = (error: EngineError): void => failure.abort(error)
    const ended = AbortSignal.any([signal, failure.signal])
    const input = openInput(frames, { fail, signal: ended })
    const { hasInput, ...program } = start
    try {
      const output = openOutput(response, { fail, signal: ended })
      const { stdin, onResize } = input
      const status = await agent.engine.exec({ ...program, ...output, onResize, ...(hasInput && { stdin }) }, ended)
      // An engine may end without a word when it is told to.
      ended.throwIfAborted()
      response.end(renderJsonFrame('exit', { status }))
    } catch (cause) {
      const error = describeFailure(ended.aborted ? ended.reason : cause)
      response.end(renderJsonFrame('error', renderError(error)))
      throw error
    } finally {
      input.close()
    }
  })
}

const readStart = async (frames: Frames) => {
  const timeout = AbortSignal.timeout(startTimeoutMs)
  const late = once(timeout, 'abort').then(() => {
    throw new EngineError('timeout', 'exec: it did not say in time what to run')
  })
  const first = await Promise.race([frames.next(), late])
  if (first.done === true || first.value.kind !== 'start')
    throw new EngineError('invalid', 'exec: it begins without a start')
  return parseShape(execStartShape, parseData(first.value.data), 'exec')
}

const parseData = (data: Buffer): unknown => {
  try {
    return JSON.parse(data.toString())
  } catch (cause) {
    throw new EngineError('invalid', 'exec: a frame is not JSON', { cause })
  }
}

/** The engine takes the beginning of an id for the whole, so one of a platform's task is refused by its beginning too. */
const refusePlatformTask = async ({ engine }: Agent, taskId: string, signal: AbortSignal): Promise<void> => {
  const refs = (await engine.listEnvironments(signal)).filter(isPlatformApp)
  for (const ref of refs) {
    const { services } = await engine.observe(ref, signal)
    if (services.some(({ tasks }) => tasks.some(({ id }) => id.startsWith(taskId))))
      throw new EngineError('refused', `run a program in task ${taskId}: it is one of the platform's own`)
  }
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
        const size = parseShape(sizeShape, parseData(data), 'exec: resize')
        for (const listener of listeners) listener(size)
      } else throw new EngineError('invalid', `exec: a frame ${kind} is not for an agent`)
    }
  }
  // A caller that left is no failure of its input: the signal says so.
  pump().catch((error: unknown) => {
    if (error instanceof EngineError) fail(error)
  })
  return { stdin, onResize: (listener) => void listeners.push(listener), close: () => void stdin.destroy() }
}

type Taker = (chunk: Uint8Array) => Promise<void> | undefined

/** A taker that is full gives a promise; engines that wait for it are slowed down to the caller's pace. */
const openOutput = (
  response: ServerResponse,
  { fail, signal }: Ending,
): { readonly stdout: Taker; readonly stderr: Taker } => {
  let draining: Promise<void> | undefined
  const drain = async (): Promise<void> => {
    await once(response, 'drain', { signal }).catch(() => undefined)
    draining = undefined
  }
  const take = (kind: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void> | undefined => {
    if (response.destroyed || response.writableEnded) return undefined
    for (const frame of cutFrames(kind, chunk)) response.write(frame)
    if (response.writableLength > maxWaitingOutputBytes)
      fail(
        new EngineError(
          'refused',
          `exec: ${response.writableLength} bytes of output wait for a caller that reads too slowly`,
        ),
      )
    if (response.writableNeedDrain) draining ??= drain()
    return draining
  }
  return { stdout: (chunk) => take('stdout', chunk), stderr: (chunk) => take('stderr', chunk) }
}
