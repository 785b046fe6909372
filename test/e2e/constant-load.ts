import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'

export interface LoadReport {
  readonly sent: number
  readonly answered: number
  /** Of those that were answered: by another server, for the first closed the connection before it answered. */
  readonly repeated: number
  /** What went wrong with each of the others. */
  readonly failures: readonly string[]
  readonly longestMs: number
}

export interface Load {
  /** What there was since the load began, or since this was asked the last time, once all of that has been answered. */
  readonly report: () => Promise<LoadReport>
  readonly end: () => Promise<void>
}

export interface LoadOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Whoever is not answered within has given up. 3 s unless said. */
  readonly answerMs?: number
  /** The name asked for in TLS, whoever signed its certificate. */
  readonly servername?: string
}

/** Of each server; so many requests at most are in flight there. */
const connections = 4
const connectMs = 400
/** One that takes no connection is left alone for so long. */
const awayMs = 500
const tickMs = 5

/**
 * Asks at a constant rate, however long answers take, over connections that are kept, each server in its turn. As a balancer does,
 * it goes on to the next where one takes no connection, and once where one closes a connection as it is used again: whoever keeps
 * connections has to (RFC 9112, 9.3.1). What is answered badly or too late has failed.
 */
export function startLoad(
  urls: readonly string[],
  perSecond: number,
  { headers = {}, answerMs = 3_000, servername }: LoadOptions = {},
): Load {
  const servers = urls.map((url) => ({
    url,
    pool: openPool(url, { answerMs, servername }),
    awayUntilMs: 0,
    answeredAtMs: 0,
  }))
  const stopping = new AbortController()
  const under = new Set<Promise<void>>()
  let counted = empty()
  let turn = 0
  const askOne = async (): Promise<void> => {
    const report = counted
    const startedAt = performance.now()
    report.sent += 1
    turn += 1
    const { trouble, isRepeated } = await askAny(
      [...servers.slice(turn % servers.length), ...servers.slice(0, turn % servers.length)],
      headers,
    )
    report.longestMs = Math.max(report.longestMs, performance.now() - startedAt)
    if (isRepeated) report.repeated += 1
    if (trouble === undefined) report.answered += 1
    else report.failures.push(trouble)
  }
  const ended = keepAsking(perSecond, stopping.signal, () => {
    const asked = askOne()
    under.add(asked)
    void asked.finally(() => under.delete(asked))
  })
  return {
    report: async () => {
      const before = counted
      counted = empty()
      await Promise.all(under)
      return before
    },
    end: async () => {
      stopping.abort()
      await ended
      await Promise.all(under)
      await Promise.all(servers.map(({ pool }) => pool.destroy()))
    },
  }
}

interface Counted extends LoadReport {
  sent: number
  answered: number
  repeated: number
  failures: string[]
  longestMs: number
}

const empty = (): Counted => ({ sent: 0, answered: 0, repeated: 0, failures: [], longestMs: 0 })

interface Answering {
  readonly answerMs: number
  readonly servername: string | undefined
}

const openPool = (url: string, { answerMs, servername }: Answering): Pool => {
  const tls = servername === undefined ? {} : { servername, rejectUnauthorized: false }
  const connect = { timeout: connectMs, ...tls }
  return new Pool(url, { connections, connect, headersTimeout: answerMs, bodyTimeout: answerMs })
}

interface Asked {
  readonly url: string
  readonly pool: Pool
  awayUntilMs: number
  /** When it answered last. */
  answeredAtMs: number
}

interface Asking {
  /** What went wrong; undefined when it was answered. */
  readonly trouble: string | undefined
  readonly isRepeated: boolean
}

/**
 * Those that were away a moment ago are asked last, and those that are busy; where all are, who answered last is asked first: in
 * front of one that is dead no queue may form.
 */
async function askAny(servers: readonly Asked[], headers: Readonly<Record<string, string>>): Promise<Asking> {
  const nowMs = performance.now()
  const isAway = ({ awayUntilMs, pool }: Asked): boolean => awayUntilMs > nowMs || pool.stats.size >= connections
  let trouble = ''
  let isRepeated = false
  const inTurn = servers.toSorted((a, b) =>
    isAway(a) && isAway(b) ? b.answeredAtMs - a.answeredAtMs : Number(isAway(a)) - Number(isAway(b)),
  )
  for (const server of inTurn) {
    try {
      const { statusCode, body } = await server.pool.request({ method: 'GET', path: '/', headers })
      await body.dump()
      server.answeredAtMs = performance.now()
      return { trouble: statusCode === 200 ? undefined : `${server.url}: status ${statusCode}`, isRepeated }
    } catch (error) {
      trouble = `${server.url}: ${String(error)}`
      if (isUnsent(error)) server.awayUntilMs = performance.now() + awayMs
      else if (isRepeated || !isClosed(error)) return { trouble, isRepeated }
      else isRepeated = true
    }
  }
  return { trouble: `nobody takes a connection; the last: ${trouble}`, isRepeated }
}

const unsent = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** No connection was made, so that nobody can have heard of it. */
const isUnsent = (error: unknown): boolean => unsent.has(codeOf(error))

const closed = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

const isClosed = (error: unknown): boolean => closed.has(codeOf(error))

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** As many as are due by the clock: one that comes late is followed by more at once. */
async function keepAsking(perSecond: number, signal: AbortSignal, askOne: () => void): Promise<void> {
  const startedAt = performance.now()
  for (let sent = 0; !signal.aborted; await wait(tickMs)) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond)
    for (; sent < due; sent += 1) askOne()
  }
}
