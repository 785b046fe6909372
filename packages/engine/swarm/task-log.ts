import type { TaskLogLine, TaskLogQuery } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api, Call } from './client.ts'
import { describeLogQuery, parseTimedLine, readChunks, readTextLines } from './log-line.ts'
import { silenceMs } from './log-silence.ts'
import { terminalReply } from './replies.ts'
import { describeFailure } from './reply-error.ts'
import { getTaskContainer } from './task-container.ts'

/** What the container of a task has logged, asked of the engine it runs on. Throws EngineError, with the signal too. */
export async function* readTaskLog(node: Api, query: TaskLogQuery, signal: AbortSignal): AsyncIterable<TaskLogLine> {
  const doing = `read the log of task ${query.taskId}`
  const { Id } = await getTaskContainer(node, query.taskId, signal)
  const ask = (path: string): Call => ({
    method: 'GET',
    path: `/containers/${Id}/${path}`,
    doing,
    timeoutMs: silenceMs,
  })
  const { Config } = await node.json(ask('json'), terminalReply, signal)
  let lastMs = 0
  try {
    const output = await node.stream({ ...ask('logs'), query: describeLogQuery(query) }, signal)
    for await (const { stream, text } of readTextLines(readChunks(output, Config.Tty))) {
      if (stream === 'error') throw new EngineError('refused', `${doing}: ${text}`)
      // What follows on the first part of a very long line has no time of its own.
      const line = parseTimedLine(text) ?? { atMs: lastMs, text }
      lastMs = line.atMs
      yield { stream, ...line }
    }
  } catch (cause) {
    throw describeFailure({ doing, endpoint: 'the engine' }, cause, signal)
  }
}
