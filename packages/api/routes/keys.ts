import type { Route } from '../route.ts'
import { keys } from '../schemas/keys.ts'

/** The keys of the cluster itself. They are exchanged over an engine, with "atoll keys rotate". */
export const keyRoutes = {
  getKeys: {
    method: 'GET',
    path: '/v1/keys',
    summary: 'Which key seals, what is sealed with which, and whether keys are being exchanged; for a session only',
    role: 'owner',
    scope: 'cluster',
    reply: keys,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
