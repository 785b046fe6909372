import { filesStartShape, forwardStartShape, readExecStart, readFrames, serveBytes } from '@atoll/engine/remote'
import type { z } from 'zod'
import type { Agent } from '../agent.ts'
import { describeFailure } from '../failure.ts'
import { recordWork } from '../log.ts'
import { refusePlatformTask } from './exec.ts'
import type { Exchange } from './exec.ts'

type Ends = Parameters<Parameters<typeof serveBytes>[1]>[0]

interface Work<Start> {
  readonly verb: string
  readonly shape: z.ZodType<Start>
  /** What is done, for the log. */
  readonly subject: (start: Start) => string
  readonly run: (
    agent: Agent,
    given: { readonly start: Start; readonly ends: Ends },
    signal: AbortSignal,
  ) => Promise<void>
}

type Answer = (agent: Agent, exchange: Exchange, signal: AbortSignal) => Promise<void>

/** Bytes both ways with a task of this node, except the platform's own. It ends when the caller leaves. */
const answerBytes =
  <Start extends { readonly taskId: string }>({ verb, shape, subject, run }: Work<Start>): Answer =>
  async (agent, { request, response }, signal) => {
    const frames = readFrames(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
    const start = await readExecStart(frames, shape)
    const about = { verb, ref: `task ${start.taskId}`, subject: subject(start) }
    await recordWork(agent.journal, about, async () => {
      await refusePlatformTask(agent, start.taskId, signal)
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).flushHeaders()
      await serveBytes(
        { frames, outgoing: response, describe: describeFailure },
        async (ends, ended) => {
          await run(agent, { start, ends }, ended)
          return 0
        },
        signal,
      )
    })
  }

export const answerReadFiles = answerBytes({
  verb: 'readFiles',
  shape: filesStartShape,
  subject: ({ path }) => path,
  run: ({ node }, { start, ends }, signal) => node.readFiles({ ...start, take: ends.stdout }, signal),
})

export const answerWriteFiles = answerBytes({
  verb: 'writeFiles',
  shape: filesStartShape,
  subject: ({ path }) => path,
  run: ({ node }, { start, ends }, signal) => node.writeFiles({ ...start, tar: ends.stdin }, signal),
})

export const answerForward = answerBytes({
  verb: 'forward',
  shape: forwardStartShape,
  subject: ({ ports }) => ports.join(' '),
  run: ({ node }, { start, ends }, signal) =>
    node.forward({ ...start, input: ends.stdin, output: ends.stdout }, signal),
})

/** What lies in the platform's own containers is told to nobody, the names of its files included. */
export const statFile = async (
  agent: Agent,
  place: { readonly taskId: string; readonly path: string },
  signal: AbortSignal,
): Promise<{ found?: Awaited<ReturnType<Agent['node']['statFile']>> & object }> => {
  await refusePlatformTask(agent, place.taskId, signal)
  const found = await agent.node.statFile(place, signal)
  return found === undefined ? {} : { found }
}
