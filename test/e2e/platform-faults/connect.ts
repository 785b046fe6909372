import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { openClient, type Client, type ClientRequest, type ClientResponse } from '@atoll/api'
import { z } from 'zod'

const contextsSchema = z.object({ contexts: z.tuple([z.object({ authorityPem: z.string(), token: z.string() })]) })

export interface Answered {
  /** Of the reply that came last, when the control answered from what it knew. */
  ageMs?: number
}

export interface Controls {
  /** The client of one control and no other, as somebody who is signed in. Nothing is repeated. */
  readonly at: (address: string, answered?: Answered) => Client
  readonly close: () => void
}

/** Reads who is signed in from the folder where the command line keeps it. */
export function connectTo(home: string): Controls {
  const text = readFileSync(join(home, 'atoll', 'contexts.json'), 'utf8')
  const [{ authorityPem, token }] = contextsSchema.parse(JSON.parse(text)).contexts
  const agent = new Agent({ ca: authorityPem, keepAlive: true, timeout: 40_000 })
  return {
    at: (address, answered = {}) =>
      openClient({
        token,
        send: (call) => send(agent, address, call),
        onAge: (ageMs) => {
          answered.ageMs = ageMs
        },
      }),
    close: () => agent.destroy(),
  }
}

function send(agent: Agent, address: string, call: ClientRequest): Promise<ClientResponse> {
  const { method, path, headers, body, signal } = call
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host: address, port: 8443, method, path, headers, signal }, (reply) => {
      let text = ''
      reply.setEncoding('utf8')
      reply.on('data', (chunk: string) => (text += chunk))
      reply.on('error', reject)
      reply.on('end', () =>
        resolve({
          status: reply.statusCode ?? 0,
          headers: (name) => reply.headers[name]?.toString(),
          text: async () => text,
          chunks: async function* () {
            yield text
          },
        }),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
