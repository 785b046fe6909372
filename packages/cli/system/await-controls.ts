import { request } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'

export interface Door {
  readonly node: string
  readonly url: string
  /** Why it does not answer; absent when it does. */
  readonly trouble?: string
}

interface Question {
  /** Nodes by name, with the address people reach them at. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[]
  readonly certificatePem: string
  readonly timeoutMs: number
}

const everyMs = 250
const answerTimeoutMs = 3_000

/** Asks each node for the platform's health, over TLS as a client would, until all answer or the time is over. */
export const awaitControls = (question: Question, signal: AbortSignal): Promise<readonly Door[]> =>
  Promise.all(question.nodes.map((node) => awaitControl(node, question, signal)))

const awaitControl = async (
  { name, address }: Question['nodes'][number],
  { certificatePem, timeoutMs }: Question,
  signal: AbortSignal,
): Promise<Door> => {
  const url = `https://${address.includes(':') ? `[${address}]` : address}:8443`
  const deadline = AbortSignal.timeout(timeoutMs)
  for (;;) {
    const trouble = await ask(`${url}/v1/health`, certificatePem)
    if (trouble === undefined) return { node: name, url }
    if (deadline.aborted) return { node: name, url, trouble }
    await delay(everyMs, undefined, { signal })
  }
}

/** What is wrong, if anything. */
const ask = (url: string, certificatePem: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const call = request(url, { ca: certificatePem, timeout: answerTimeoutMs, agent: false }, (reply) => {
      reply.resume()
      resolve(reply.statusCode === 200 ? undefined : `answers with ${reply.statusCode}`)
    })
    call.on('timeout', () => call.destroy(new Error('no answer in time')))
    call.on('error', (error) => resolve(error.message))
    call.end()
  })
