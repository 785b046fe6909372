import { z } from 'zod'
import type { Route } from '../route.ts'
import { appName, pageOf, pageQuery, personName, wholeNumber } from '../schemas/names.ts'
import { auditEntry } from '../schemas/people.ts'

/** Who did what. */
export const auditRoutes = {
  listAudit: {
    method: 'GET',
    path: '/v1/audit',
    summary: 'Changes and what was refused, newest first; an intent only while nothing says how it ended',
    role: 'maintainer',
    scope: 'cluster',
    query: pageQuery.extend({
      app: appName.exactOptional(),
      /** Who did it, or whom it was done to. */
      person: personName.exactOptional(),
      /** Milliseconds since 1970. */
      since: wholeNumber.exactOptional(),
    }),
    /** `usedPercent`: of the room there is; the oldest entries go when it is full. */
    reply: pageOf(auditEntry).extend({ usedPercent: z.number() }),
    kind: 'json',
    status: 200,
  },
  exportAudit: {
    method: 'GET',
    path: '/v1/audit/export',
    summary: 'Every entry that is kept, oldest first, each with the hash of the one before',
    role: 'maintainer',
    scope: 'cluster',
    reply: auditEntry,
    kind: 'lines',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
