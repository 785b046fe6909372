import { z } from 'zod'
import type { Route } from '../route.ts'
import { identifier, pageOf, pageQuery, personName } from '../schemas/names.ts'
import { createdToken, email, grantParts, grants, invitation } from '../schemas/people.ts'
import { isOnePlace, onePlace, openInvitation, person, token } from '../schemas/people.ts'

/** Who may do what, and who did what. */
export const peopleRoutes = {
  listPeople: {
    method: 'GET',
    path: '/v1/people',
    summary: 'Everybody, by name',
    role: 'maintainer',
    scope: 'cluster',
    query: pageQuery,
    reply: pageOf(person),
    kind: 'json',
    status: 200,
  },
  invitePerson: {
    method: 'POST',
    path: '/v1/invitations',
    summary: 'A token that somebody becomes a person with, once',
    role: 'owner',
    scope: 'cluster',
    headers: { 'idempotency-key': 'the same key and body within a day give the same answer' },
    body: z
      .strictObject({
        ...grantParts,
        email: email.exactOptional(),
        /** A day unless said. */
        expiresInS: z.int().min(60).max(2_592_000).exactOptional(),
      })
      .refine(isOnePlace, onePlace),
    reply: invitation,
    kind: 'json',
    status: 201,
  },
  listInvitations: {
    method: 'GET',
    path: '/v1/invitations',
    summary: 'Invitations that wait for somebody, the newest first',
    role: 'maintainer',
    scope: 'cluster',
    query: pageQuery,
    reply: pageOf(openInvitation),
    kind: 'json',
    status: 200,
  },
  removeInvitation: {
    method: 'DELETE',
    path: '/v1/invitations/:invitation',
    summary: 'Take an invitation back: nobody comes in with it any more',
    role: 'owner',
    scope: 'cluster',
    params: z.object({ invitation: identifier }),
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  removePerson: {
    method: 'DELETE',
    path: '/v1/people/:name',
    summary: 'Remove a person with all sessions and tokens, at once; the last owner stays',
    role: 'owner',
    scope: 'cluster',
    params: z.object({ name: personName }),
    headers: { 'if-match': 'revision of the person that is meant' },
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  changeRole: {
    method: 'PUT',
    path: '/v1/people/:name/grants',
    summary: 'Give a person these roles and no others; the last owner stays one',
    role: 'owner',
    scope: 'cluster',
    params: z.object({ name: personName }),
    headers: { 'if-match': 'revision of the person that is meant' },
    body: z.strictObject({ grants }),
    reply: person,
    kind: 'json',
    status: 200,
  },
  createToken: {
    method: 'POST',
    path: '/v1/tokens',
    summary: 'A token for a program, with no more rights than who makes it; its secret is shown once',
    role: 'viewer',
    scope: 'self',
    headers: { 'idempotency-key': 'the same key and body within a day give the same answer' },
    body: z
      .strictObject({
        name: z.string().min(1).max(100),
        ...grantParts,
        /** At most a year. */
        expiresInS: z.int().min(60).max(31_536_000),
      })
      .refine(isOnePlace, onePlace),
    reply: createdToken,
    kind: 'json',
    status: 201,
  },
  listTokens: {
    method: 'GET',
    path: '/v1/tokens',
    summary: 'Tokens of who asks; all of them for an owner',
    role: 'viewer',
    scope: 'self',
    query: pageQuery,
    reply: pageOf(token),
    kind: 'json',
    status: 200,
  },
  removeToken: {
    method: 'DELETE',
    path: '/v1/tokens/:token',
    summary: 'End a token everywhere, at once: one of who asks, or any for an owner',
    role: 'viewer',
    scope: 'self',
    params: z.object({ token: identifier }),
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
} as const satisfies Readonly<Record<string, Route>>
