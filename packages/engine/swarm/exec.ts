import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { ExecRequest } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import type { NodeClients } from './node-clients.ts'
import { execReply, taskReply } from './replies.ts'
import { readFrames } from './streams.ts'

/** The output may end a moment before the engine has noted the exit status. */
const exitTimeoutMs = 10_000
const exitPollMs = 20

/** Runs a program in a task's container, on the engine of the node it runs on. Resolves with the exit status. */
export const execInTask = async (
  { api, nodes }: { readonly api: Api; readonly nodes: NodeClients },
  request: ExecRequest,
  signal: AbortSignal,
): Promise<number> => {
  const place = await findContainer(api, request.taskId, signal)
  const node = await nodes.get(place.nodeId, `run ${request.argv[0] ?? ''} in task ${request.taskId}`, signal)
  return execInContainer({ node, containerId: place.containerId }, request, signal)
}

/** Runs a program in a container of the engine. Resolves with the exit status. */
export const execInContainer = async (
  { node, containerId }: { readonly node: Api; readonly containerId: string },
  request: ExecRequest,
  signal: AbortSignal,
): Promise<number> => {
  const { Id } = await node.json(
    { method: 'POST', path: `/containers/${containerId}/exec`, body: execBody(request) },
    z.object({ Id: z.string() }),
    signal,
  )
  const ending = new AbortController()
  const body = { Detach: false, Tty: request.tty !== undefined }
  const connection = await node.hijack({ method: 'POST', path: `/exec/${Id}/start`, body }, signal)
  const stop = (): void => void connection.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (request.tty !== undefined) followSize(node, Id, { request, signal })
    void sendInput(connection, request, ending.signal)
    await receiveOutput(connection, request)
    return await readExitStatus(node, Id, signal)
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError(
      'unreachable',
      `run ${request.argv[0] ?? ''} in task ${request.taskId}: the connection broke`,
      {
        cause: error,
        retry: false,
      },
    )
  } finally {
    ending.abort()
    signal.removeEventListener('abort', stop)
    connection.destroy()
  }
}

const execBody = (request: ExecRequest): object => ({
  AttachStdin: request.stdin !== undefined,
  AttachStdout: true,
  AttachStderr: true,
  Tty: request.tty !== undefined,
  Cmd: request.argv,
  Env: Object.entries(request.environment).map(([name, value]) => `${name}=${value}`),
  ...(request.user !== undefined && { User: request.user }),
  ...(request.workingDir !== undefined && { WorkingDir: request.workingDir }),
})

/** Where the container of a running task is, as a manager knows it; EngineError `conflict` when it does not run. */
export const findContainer = async (api: Api, taskId: string, signal: AbortSignal) => {
  const task = await api.json({ method: 'GET', path: `/tasks/${taskId}` }, taskReply, signal)
  const containerId = task.Status.ContainerStatus?.ContainerID
  if (!task.NodeID || !containerId || task.Status.State !== 'running')
    throw new EngineError(
      'conflict',
      `reach the container of task ${taskId}: the task is ${task.Status.State}, not running`,
      {
        retry: false,
      },
    )
  return { nodeId: task.NodeID, containerId }
}

const resizeTries = 5

const followSize = (
  node: Api,
  id: string,
  { request, signal }: { request: ExecRequest; signal: AbortSignal },
): void => {
  const resize = async ({ columns, rows }: { columns: number; rows: number }): Promise<void> => {
    const call = { method: 'POST', path: `/exec/${id}/resize`, query: { w: columns, h: rows } } as const
    for (let tried = 1; tried <= resizeTries; tried++) {
      // Refused until the program has started, which may be a moment after the connection stands, and once it has ended.
      const isDone = await node.send(call, signal).then(
        () => true,
        () => signal.aborted,
      )
      if (isDone) return
      await delay(exitPollMs * tried)
    }
  }
  if (request.tty !== undefined) void resize(request.tty)
  request.onResize?.((size) => void resize(size))
}

/** What a terminal sends at the end of input. */
const endOfTransmission = '\x04'

/**
 * The end of input ends the program's. With a terminal it is typed: the engine would take an end of the connection for the
 * end of the output, too.
 */
const sendInput = async (connection: Duplex, request: ExecRequest, ended: AbortSignal): Promise<void> => {
  try {
    for await (const chunk of request.stdin ?? []) {
      if (ended.aborted) return
      if (!connection.write(chunk)) await once(connection, 'drain', { signal: ended })
    }
    if (request.stdin === undefined) return
    if (request.tty === undefined) connection.end()
    else connection.write(endOfTransmission)
  } catch {
    // The program ended before it had read all: its exit status says how it went.
    return
  }
}

const receiveOutput = async (connection: Duplex, request: ExecRequest): Promise<void> => {
  if (request.tty !== undefined) {
    for await (const chunk of connection as AsyncIterable<Buffer>) await request.stdout(chunk)
    return
  }
  for await (const { stream, data } of readFrames(connection))
    await (stream === 'stdout' ? request.stdout : request.stderr)(data)
}

const readExitStatus = async (node: Api, id: string, signal: AbortSignal): Promise<number> => {
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(exitTimeoutMs)])
  for (;;) {
    const reply = await node.json({ method: 'GET', path: `/exec/${id}/json` }, execReply, timeout)
    if (!reply.Running && typeof reply.ExitCode === 'number') return reply.ExitCode
    await delay(exitPollMs, undefined, { signal: timeout })
  }
}
