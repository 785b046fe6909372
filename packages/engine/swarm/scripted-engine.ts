import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint } from './endpoint.ts'

/** For tests: something that listens like an engine and answers what the test says. */
export interface ScriptedEngine extends AsyncDisposable {
  readonly endpoint: Extract<Endpoint, { kind: 'unix' }>
  readonly requests: readonly string[]
  /** Ends every connection and listens no more, as a killed engine does. */
  stop(): Promise<void>
  start(): Promise<void>
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export const reply = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

/** Answers `/version` by itself (API 1.41 unless said), everything else by `answer`. */
export const openScriptedEngine = async (answer: Answer, api = '1.41'): Promise<ScriptedEngine> => {
  const dir = await mkdtemp(join(tmpdir(), 'atoll-engine-'))
  const path = join(dir, 'docker.sock')
  const requests: string[] = []
  const open = () =>
    createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`)
      if (request.url === '/version')
        reply(response, 200, { Version: '20.10.24', ApiVersion: api, MinAPIVersion: '1.12' })
      else answer(request, response)
    })
  let server = open()
  const listen = (): Promise<void> => new Promise((resolve) => void server.listen(path, resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen()
  return {
    endpoint: { kind: 'unix', name: `unix://${path}`, path },
    requests,
    stop: close,
    start: () => {
      server = open()
      return listen()
    },
    [Symbol.asyncDispose]: async () => {
      await close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
