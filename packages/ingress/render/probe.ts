import type { HttpRoute } from '@atoll/spec'
import type { IngressSettings } from '../table.ts'

/** Header by which an ingress knows its own requests; its value nobody else can know. Of an answer: who made it, and the route. */
export const probeHeader = 'x-atoll-probe'

/** Backend of the requests that an ingress makes by itself: as that of the visitors, and counted apart from it. No app has a `:`. */
export const probeBackend = (name: string): string => `probe:${name}`

/** How the id of a list of routes is for them. */
export const probeList = (id: string): string => `?${id}`

export const isProbe = '{ var(txn.probe) -m bool }'

/** Before anything changes who asks. The token goes no further (`certified` in `frontend.ts`). */
export const renderProbeMark = ({ probeToken }: IngressSettings): readonly string[] =>
  probeToken === undefined
    ? []
    : [
        `  http-request set-var(txn.probe) bool(true) if { src 127.0.0.0/8 } { req.fhdr(${probeHeader}) -m str ${probeToken} }`,
      ]

/** The route without what remembers, counts or logs visitors. */
export const probedRoute = (route: HttpRoute): HttpRoute => {
  const { rateLimit: _rateLimit, sticky: _sticky, loggedShare: _loggedShare, ...rest } = route
  return { ...rest, loggedShare: 0, balance: 'round-robin' }
}

/** Who has answered: a task, or the ingress in the place of one. */
export const renderAnswerMark = (name: string): readonly string[] => [
  `  http-response set-header ${probeHeader} "task ${name}"`,
  `  http-after-response set-header ${probeHeader} "ingress ${name}" if !{ res.hdr(${probeHeader}) -m beg "task " }`,
]
