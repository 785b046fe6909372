import { z } from 'zod'
import type { Route } from '../route.ts'
import { appName } from '../schemas/names.ts'

const texts = z.array(z.string().min(1).max(4_096)).max(100)

const allowance = z.strictObject({
  /** Each as it is mounted, nothing below it. */
  hostPaths: texts,
  capabilities: texts,
  dockerSocket: z.boolean(),
  hostNetwork: z.boolean(),
  /** Of other apps, by the engine's name. */
  networks: texts.default([]),
  volumeDrivers: texts,
  withoutSeLinux: z.boolean(),
})

/** Of an app that was never allowed anything the revision is 0. */
const held = z.object({ ...allowance.shape, revision: z.number() })

const params = z.object({ name: appName })

/** What the policy of agents lets one app do that others may not. Of the cluster: who reaches a node reaches more than the app. */
export const allowanceRoutes = {
  getAllowance: {
    method: 'GET',
    path: '/v1/allowances/:name',
    summary: 'What an app may do beyond what every app may',
    role: 'viewer',
    scope: 'cluster',
    params,
    reply: held,
    kind: 'json',
    status: 200,
  },
  changeAllowance: {
    method: 'PUT',
    path: '/v1/allowances/:name',
    summary: 'Allow an app this and nothing else; it counts from its next change on',
    role: 'owner',
    scope: 'cluster',
    params,
    headers: { 'if-match': 'revision of the allowance that was looked at' },
    body: allowance,
    reply: held,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
