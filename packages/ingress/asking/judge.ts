import type { IncomingMessage } from 'node:http'
import type { SpopValue } from '../spop/values.ts'
import { names, repliedHeaders, sayLost, type AuthQuestion } from './question.ts'

type Variables = Readonly<Record<string, SpopValue>>

/** Of headers for the app; HAProxy keeps so much room for them. */
const mostHeaderBytes = 4_000
/** Of an answer that a client gets. */
export const mostReplyBytes = 14_000

/** What of an answer HAProxy is told. It is none when it says more than there is room for, or what nobody understands. */
export const judge = async ({ answered }: AuthQuestion, response: IncomingMessage): Promise<Variables> => {
  const { statusCode: status = 0 } = response
  if (status >= 200 && status < 300) return allow(answered, response)
  if (status >= 300 && status < 500) return reply(status, response)
  return sayLost(`answer ${status}`)
}

const allow = (answered: readonly string[], response: IncomingMessage): Variables => {
  const headers = answered.flatMap((name, index) => {
    const values = valuesOf(response, name)
    return values.length === 0 ? [] : [[names.header(index), values.join(', ')] as const]
  })
  return countBytes(headers) > mostHeaderBytes
    ? sayLost('too long an answer')
    : { [names.allowed]: true, ...Object.fromEntries(headers) }
}

const reply = async (status: number, response: IncomingMessage): Promise<Variables> => {
  if (status < 400 && !redirects.has(status)) return sayLost(`answer ${status}`)
  const headers = repliedHeaders.flatMap((name) => valuesOf(response, name).map((value) => [name, value] as const))
  const bytes = countBytes(headers)
  if (bytes > mostReplyBytes) return sayLost('too long an answer')
  const body = await readBody(response, mostReplyBytes - bytes)
  // Of no body nothing is said about how it is written.
  const told = body === '' ? headers.filter(([name]) => name !== 'content-encoding') : headers
  return { [names.status]: status, [names.head]: renderHead(told), [names.body]: body }
}

/** Those that mean something without what was asked before. */
const redirects: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308])

type Header = readonly [name: string, value: string]

const countBytes = (headers: readonly Header[]): number =>
  headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)

/** One to a line; no value has an end of line in it. */
const renderHead = (headers: readonly Header[]): string =>
  headers.map(([name, value]) => `${name}: ${value}\n`).join('')

/** Control characters are no part of a header, and end it where somebody takes them for one. */
const valuesOf = (response: IncomingMessage, name: string): readonly string[] =>
  (response.headersDistinct[name] ?? []).map((value) => value.replaceAll(/[^ -~\x80-\xff]/g, ' '))

/** Nothing, when it is too long, breaks off, or is none that HAProxy passes on whole. The rest of it is not read. */
const readBody = async (response: IncomingMessage, mostBytes: number): Promise<string> => {
  let body = ''
  try {
    for await (const piece of response) {
      body += (piece as Buffer).toString('latin1')
      if (body.length > mostBytes || body.includes('\0')) return ''
    }
    return body
  } catch {
    return ''
  }
}
