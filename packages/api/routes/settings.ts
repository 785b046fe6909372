import type { Route } from '../route.ts'
import { settings, settingsChange } from '../schemas/settings.ts'

/** What the cluster does by itself. */
export const settingsRoutes = {
  getSettings: {
    method: 'GET',
    path: '/v1/settings',
    summary: 'What the cluster does by itself: keep its managers, spread tasks again',
    role: 'viewer',
    scope: 'cluster',
    reply: settings,
    kind: 'json',
    status: 200,
  },
  changeSettings: {
    method: 'POST',
    path: '/v1/settings',
    summary: 'Change some of that; what is not named stays',
    role: 'owner',
    scope: 'cluster',
    body: settingsChange,
    headers: { 'idempotency-key': 'the same key and body within a day give the same answer' },
    reply: settings,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
