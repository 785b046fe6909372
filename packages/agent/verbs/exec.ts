import type { IncomingMessage, ServerResponse } from 'node:http'
import { EngineError } from '@atoll/engine'
import { execStartShape, readExecStart, readFrames, serveExec } from '@atoll/engine/remote'
import type { Agent } from '../agent.ts'
import { describeFailure } from '../failure.ts'
import { recordWork } from '../log.ts'
import { isPlatformName } from '../policy-names.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Runs a program in a task of this node, bytes both ways. It ends when the caller leaves. */
export const answerExec = async (agent: Agent, { request, response }: Exchange, signal: AbortSignal): Promise<void> => {
  const frames = readFrames(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
  const { taskId, ...program } = await readExecStart(frames, execStartShape)
  const about = { verb: 'exec', ref: `task ${taskId}`, subject: program.argv[0] ?? '' }
  await recordWork(agent.journal, about, async () => {
    await refusePlatformTask(agent, taskId, signal)
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).flushHeaders()
    await serveExec(
      { frames, outgoing: response, program, describe: describeFailure },
      (run, ended) => agent.node.exec({ ...run, taskId }, ended),
      signal,
    )
  })
}

/** Throws EngineError `refused` for a task of the platform itself. */
export const refusePlatformTask = async ({ node }: Agent, taskId: string, signal: AbortSignal): Promise<void> => {
  const service = await node.findService(taskId, signal)
  if (service === undefined || !isPlatformName(service)) return
  throw new EngineError('refused', `reach into task ${taskId}: it is one of the platform's own`)
}
