import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Agent } from 'node:https'
import { probeHeader } from '../render/probe.ts'
import type { ProbeRequest } from './plan-probe.ts'

export interface ProbeTarget {
  /** Of the backend that is to answer, as `render/probe.ts` names it. */
  readonly backend: string
  readonly request: ProbeRequest
  /** Port of TLS on the loopback. */
  readonly port: number
  readonly token: string
}

/** `elsewhere`: another route has answered, or none. */
export type ProbeResult = 'answered' | 'failed' | 'elsewhere'

/** Silence for longer is no answer; and an answer that goes on for longer is one. */
const patienceMs = 5_000
/** Of an answer; more of it proves nothing more. */
const mostBytes = 262_144

/**
 * One request, over a kept connection of the agent or a new one. Never throws. `ms` is the time until the answer began; of one
 * that failed until that was known.
 */
export const sendProbe = async (
  target: ProbeTarget,
  agent: Agent | false,
): Promise<{ readonly result: ProbeResult; readonly ms: number }> => {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>()
  const begunMs = performance.now()
  let headMs: number | undefined
  const request = requestHttps({ ...optionsOf(target), agent })
  const timer = setTimeout(() => settle(headMs === undefined ? 'failed' : 'answered'), patienceMs)
  const settle = (result: ProbeResult): void => {
    clearTimeout(timer)
    resolve(result)
    // What was read to its end is no longer in the way of the next.
    if (!isWhole) request.destroy()
  }
  let isWhole = false
  request.on('error', () => settle('failed'))
  request.on('response', (response) => {
    headMs = performance.now() - begunMs
    const result = judge(response, target)
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostBytes) settle(result)
    })
    response.on('end', () => {
      isWhole = true
      settle(result)
    })
    response.on('error', () => settle('failed'))
  })
  request.end()
  const result = await promise
  return { result, ms: Math.round(headMs ?? performance.now() - begunMs) }
}

const optionsOf = ({ request: { method, host, path, headers }, port, token }: ProbeTarget) => ({
  host: '127.0.0.1',
  port,
  servername: host,
  method,
  path,
  headers: { host, ...headers, [probeHeader]: token },
  // Whether a certificate is trusted is not what is asked here.
  rejectUnauthorized: false,
})

const unanswered = [502, 503, 504]

const judge = ({ headers, statusCode = 0 }: IncomingMessage, { backend }: ProbeTarget): ProbeResult => {
  const mark = headers[probeHeader]
  if (mark === `task ${backend}`) return 'answered'
  if (mark !== `ingress ${backend}`) return 'elsewhere'
  return unanswered.includes(statusCode) ? 'failed' : 'answered'
}
