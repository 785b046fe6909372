import { z } from 'zod'
import type { Route } from '../route.ts'
import { identifier } from '../schemas/names.ts'

/** What agents ask of a control, from inside the platform's own network. */
export const agentRoutes = {
  certifyAgent: {
    method: 'POST',
    path: '/v1/agents/certificate',
    summary: 'A certificate for the agent of a node, by the secret of agents and the address it asks from',
    role: 'nobody',
    scope: 'self',
    body: z.strictObject({ nodeId: identifier, secret: z.string().max(200), publicKeyPem: z.string().max(2_000) }),
    reply: z.object({ certificatePem: z.string(), notAfterMs: z.number() }),
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
