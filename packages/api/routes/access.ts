import { z } from 'zod'
import type { Route } from '../route.ts'
import { personName } from '../schemas/names.ts'
import { givenPassword, grants, password, secondFactor, session } from '../schemas/people.ts'

/** Coming in, going out, and who one is. */
export const accessRoutes = {
  getHealth: {
    method: 'GET',
    path: '/v1/health',
    summary: 'Whether this control answers, and how old what it knows is',
    role: 'nobody',
    scope: 'self',
    reply: z.object({
      node: z.string(),
      isLeader: z.boolean(),
      /** Since documents were last read; absent when they never were. */
      documentsAgeMs: z.number().exactOptional(),
      version: z.string(),
      /** Formats of documents it writes, and reads up to; absent of one from before it was told. */
      documents: z.object({ writes: z.number(), reads: z.number() }).exactOptional(),
    }),
    kind: 'json',
    status: 200,
  },
  getOpenApi: {
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This document',
    role: 'nobody',
    scope: 'self',
    reply: z.record(z.string(), z.unknown()),
    kind: 'json',
    status: 200,
  },
  signIn: {
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Sign in; `totp` or `recoveryCode` is needed from the moment a person has confirmed one-time passwords',
    role: 'nobody',
    scope: 'self',
    body: z.strictObject({ name: personName, password: givenPassword, ...secondFactor }),
    reply: session,
    kind: 'json',
    status: 201,
  },
  signOut: {
    method: 'DELETE',
    path: '/v1/sessions/current',
    summary: 'End this session everywhere, at once',
    role: 'viewer',
    scope: 'self',
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  acceptInvitation: {
    method: 'POST',
    path: '/v1/invitations/accept',
    summary: 'Become a person of this cluster with the token of an invitation, and sign in',
    role: 'nobody',
    scope: 'self',
    body: z.strictObject({ token: z.string().max(200), name: personName, password }),
    reply: session,
    kind: 'json',
    status: 201,
  },
  getMe: {
    method: 'GET',
    path: '/v1/me',
    summary: 'Who is signed in, and what that person or token may do',
    role: 'viewer',
    scope: 'self',
    reply: z.object({
      name: personName,
      kind: z.enum(['session', 'token']),
      grants,
      hasTotp: z.boolean(),
      /** How many are left. */
      recoveryCodes: z.number(),
    }),
    kind: 'json',
    fromCopy: true,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
