import type { HttpRoute } from '@atoll/spec'
import { lostVariable } from './forward-auth.ts'

/** A line that is written to a pipe at once is whole, or not there. */
const lineBytes = 4_096

/**
 * What `access-log.ts` reads: the backend, then JSON. No query, for secrets stand in there, and no header but the id of the
 * request; texts of clients are cut so that every line is whole, also when each character is escaped.
 */
const fields = [
  '"client":"%[src]"',
  '"method":"%[var(txn.method),bytes(0,32),json(utf8ps)]"',
  '"host":"%[var(txn.host),bytes(0,253),json(utf8ps)]"',
  '"path":"%[var(txn.path),bytes(0,1000),json(utf8ps)]"',
  '"status":%ST,"bytes":%B',
  '"ms":{"request":%TR,"queue":%Tw,"connect":%Tc,"response":%Tr,"total":%Ta}',
  '"address":"%si","retries":"%rc","end":"%ts"',
  '"id":"%[var(txn.id),bytes(0,64),json(utf8ps)]"',
]

/** Its texts are ours. */
const lostField = `"reason":"%[var(${lostVariable})]"`

/** Nothing is logged unless a route says so; see `renderSample`. What HAProxy would capture itself costs each request more. */
export const renderLog = (hasQuestions: boolean): readonly string[] => [
  `  log stdout len ${lineBytes} format raw daemon`,
  '  option dontlognull',
  `  log-format '%b {${[...fields, ...(hasQuestions ? [lostField] : [])].join(',')}}'`,
  '  http-request set-log-level silent',
  '  http-request set-var(txn.method) method',
  '  http-request set-var(txn.id) req.fhdr(x-request-id)',
]

const everyOne = 10_000

/** Before everything that may answer: requests that are logged however they end. */
export const renderSample = ({ loggedShare = 0 }: HttpRoute): readonly string[] => {
  if (loggedShare === 0) return []
  if (loggedShare === everyOne) return ['  http-request set-log-level info']
  return [
    `  http-request set-var(txn.sampled) bool(true) if { rand(${everyOne}) lt ${loggedShare} }`,
    '  http-request set-log-level info if { var(txn.sampled) -m bool }',
  ]
}

/**
 * After everything that may answer: who comes here asks a task. An answer below 500 is no failure; where the ingress has to answer
 * for the task, no such rule is asked, and the request is logged.
 */
export const renderFailures = ({ loggedShare, targets, static: files }: HttpRoute): readonly string[] => {
  if ((targets.length === 0 && files === undefined) || loggedShare === 0 || loggedShare === everyOne) return []
  const unless = loggedShare === undefined ? '' : ' !{ var(txn.sampled) -m bool }'
  return ['  http-request set-log-level info', `  http-response set-log-level silent if { status lt 500 }${unless}`]
}
