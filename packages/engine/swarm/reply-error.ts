import { EngineError } from '../errors.ts'
import type { EngineErrorCode } from '../errors.ts'

/** A request as messages name it: what we did and where. */
export interface Attempt {
  readonly doing: string
  readonly endpoint: string
}

interface Rule {
  readonly statuses: readonly number[]
  readonly text?: RegExp
  readonly code: EngineErrorCode
  readonly retry?: boolean
  readonly hint?: string
}

const anyStatus = [400, 403, 404, 406, 409, 500, 501, 503]
/** What holds meanwhile, and the two ways out. */
export const quorumHint =
  'nothing can be changed until more than half of the managers work together, running tasks go on; start the managers that are down, or if they are lost for good, "atoll recover --engine ssh://root@HOST", with one that is left'

/** First match wins. The texts are those of swarmkit's errors, which the engine passes on under many statuses. */
const rules: readonly Rule[] = [
  {
    statuses: anyStatus,
    text: /does not have a leader|no elected.* leader|lost quorum/i,
    code: 'no-quorum',
    hint: quorumHint,
  },
  {
    statuses: [500, 503],
    text: /deadline exceeded|raft: |leader(ship)? (was )?lost|is starting/i,
    code: 'no-quorum',
    hint: quorumHint,
  },
  { statuses: [500, 503], text: /connection refused.*:2377|transport: |code = Unavailable/i, code: 'no-quorum' },
  { statuses: anyStatus, text: /update out of sequence/i, code: 'version' },
  {
    statuses: anyStatus,
    text: /not a swarm manager|not part of a swarm|is locked/i,
    code: 'refused',
    hint: 'name a manager of the Swarm with --engine; a single machine becomes one by "docker swarm init"',
  },
  { statuses: anyStatus, text: /name conflicts|already exists/i, code: 'name-taken' },
  { statuses: anyStatus, text: /in use/i, code: 'conflict' },
  { statuses: [404], code: 'not-found' },
  // A network that this manager still shows and the leader has removed already.
  { statuses: [500], text: /network \S+ not found$/, code: 'not-found' },
  { statuses: [409], code: 'conflict' },
  { statuses: [400], code: 'invalid' },
  { statuses: [401, 403, 501], code: 'refused' },
]

/** The engine's "no" as one of ours. What we do not know is `refused`; of a fault of the engine (5xx) it may pass. */
export const describeReply = (attempt: Attempt, status: number, text: string): EngineError => {
  const rule = rules.find((rule) => rule.statuses.includes(status) && (rule.text?.test(text) ?? true))
  const hint = rule?.hint === undefined ? '' : `; ${rule.hint}`
  const said = rule?.hint === quorumHint ? `no quorum: ${text.trim()}` : text.trim() || `status ${status}`
  const message = `${attempt.doing} on ${attempt.endpoint}: ${said}${hint}`
  const retry = rule === undefined ? status >= 500 : rule.retry
  return new EngineError(rule?.code ?? 'refused', message, retry === undefined ? {} : { retry })
}

const socketHints: Readonly<Record<string, string>> = {
  ENOENT: 'no engine listens there; start it, or name another with --engine',
  ECONNREFUSED: 'no engine listens there; start it, or name another with --engine',
  EACCES: 'the socket may not be opened; run as root or as a member of the group docker',
}

/** A failed connection or a run-out timer. `signal` is the caller's: when it ended the request, nothing is to be retried. */
export const describeFailure = (attempt: Attempt, cause: unknown, signal: AbortSignal): EngineError => {
  if (cause instanceof EngineError) return cause
  const where = `${attempt.doing} on ${attempt.endpoint}`
  if (signal.aborted)
    return new EngineError('timeout', `${where}: stopped before it was answered`, { cause, retry: false })
  if (cause instanceof Error && cause.name === 'TimeoutError')
    return new EngineError('timeout', `${where}: no answer in time; the engine may be overloaded or paused`, { cause })
  const text = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const hint = socketHints[code]
  return new EngineError('unreachable', `${where}: ${text}${hint === undefined ? '' : `; ${hint}`}`, { cause })
}
