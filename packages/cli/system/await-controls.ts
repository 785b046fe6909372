import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

export interface Door {
  readonly node: string
  readonly url: string
  /** Why it does not answer; absent when it does. */
  readonly trouble?: string
}

export interface Question {
  readonly certificatePem: string
  readonly timeoutMs: number
  /** Only a control of this build that has read its documents counts; without it any that answers. */
  readonly build?: string
}

const everyMs = 250
const answerTimeoutMs = 3_000

/** Asks each node for the platform's health, over TLS as a client would, until all answer or the time is over. */
export const awaitControls = (
  {
    nodes,
    ...question
  }: Question & {
    /** By name, with the address people reach them at. */
    readonly nodes: readonly { readonly name: string; readonly address: string }[]
  },
  signal: AbortSignal,
): Promise<readonly Door[]> =>
  Promise.all(nodes.map(({ name, address }) => awaitDoor({ node: name, url: toUrl(address) }, question, signal)))

const toUrl = (address: string): string => `https://${address.includes(':') ? `[${address}]` : address}:8443`

/** The same of one. */
export const awaitDoor = async (
  { node, url }: Pick<Door, 'node' | 'url'>,
  { certificatePem, timeoutMs, build }: Question,
  signal: AbortSignal,
): Promise<Door> => {
  const deadline = AbortSignal.timeout(timeoutMs)
  for (;;) {
    const answer = await ask(`${url}/v1/health`, certificatePem)
    const trouble = typeof answer === 'string' ? answer : findTrouble(answer, build)
    if (trouble === undefined) return { node, url }
    if (deadline.aborted) return { node, url, trouble }
    await delay(everyMs, undefined, { signal })
  }
}

const healthShape = z.object({ version: z.string(), documentsAgeMs: z.number().optional() })
type Health = z.infer<typeof healthShape>

const findTrouble = ({ version, documentsAgeMs }: Health, build: string | undefined): string | undefined => {
  if (build === undefined) return undefined
  if (version !== build) return `answers as ${version}`
  return documentsAgeMs === undefined ? 'has not read its documents' : undefined
}

/** What it says of itself, or why it says nothing. */
const ask = async (url: string, certificatePem: string): Promise<Health | string> => {
  const options = { ca: certificatePem, timeout: answerTimeoutMs, agent: false }
  try {
    const call = request(url, options)
    call.on('timeout', () => call.destroy(new Error('no answer in time'))).end()
    const [reply] = (await once(call, 'response')) as [IncomingMessage]
    if (reply.statusCode !== 200) {
      reply.destroy()
      return `answers with ${reply.statusCode}`
    }
    return healthShape.parse(await json(reply))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
