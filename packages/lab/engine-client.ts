import { request } from 'node:http'
import { LabError } from './errors.ts'

export interface EngineRequest {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly timeoutMs?: number
}

/** Asks an engine over its socket; gives the parsed JSON, or undefined for an empty reply. Throws `engine-refused`. */
export const askEngine = async (socket: string, asked: EngineRequest): Promise<unknown> => {
  const { status, text } = await send(socket, asked)
  if (status >= 300) {
    throw new LabError(
      'engine-refused',
      `${asked.method ?? 'GET'} ${asked.path} on ${socket}: ${status} ${text.trim()}`,
    )
  }
  return text === '' ? undefined : JSON.parse(text)
}

/** True when the engine behind a socket answers at all. */
export const isAnswering = (socket: string, timeoutMs = 2000): Promise<boolean> =>
  send(socket, { path: '/_ping', timeoutMs }).then(
    ({ status }) => status === 200,
    () => false,
  )

const send = (socket: string, asked: EngineRequest): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(
        new LabError('engine-refused', `${asked.method ?? 'GET'} ${asked.path} on ${socket}: ${cause.message}`, {
          cause,
          retry: true,
        }),
      )
    const outgoing = request(
      {
        socketPath: socket,
        path: asked.path,
        method: asked.method ?? 'GET',
        headers: { host: 'docker', 'content-type': 'application/json' },
        signal: AbortSignal.timeout(asked.timeoutMs ?? 30_000),
      },
      (incoming) => {
        incoming.setEncoding('utf8').on('error', fail)
        let text = ''
        incoming.on('data', (chunk: string) => (text += chunk))
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }))
      },
    )
    outgoing.on('error', fail)
    outgoing.end(asked.body === undefined ? undefined : JSON.stringify(asked.body))
  })
