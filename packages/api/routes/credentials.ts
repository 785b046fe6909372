import { z } from 'zod'
import type { Route } from '../route.ts'
import { personName } from '../schemas/names.ts'
import { givenPassword, invitation, password, secondFactor, session, totpCode } from '../schemas/people.ts'

const params = z.object({ name: personName })
const withFactor = z
  .strictObject(secondFactor)
  .refine(({ totp, recoveryCode }) => totp !== undefined || recoveryCode !== undefined, 'give a code')

/** Passwords and one-time passwords: one's own, and those of who cannot come in any more. */
export const credentialRoutes = {
  changePassword: {
    method: 'PUT',
    path: '/v1/me/password',
    summary: 'Change the own password; all other sessions end',
    role: 'viewer',
    scope: 'self',
    body: z.strictObject({ password: givenPassword, newPassword: password }),
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  enrolTotp: {
    method: 'POST',
    path: '/v1/me/totp',
    summary: 'Begin with one-time passwords; they count from `confirmTotp` on',
    role: 'viewer',
    scope: 'self',
    body: z.strictObject({ password: givenPassword }),
    reply: z.object({ uri: z.string(), secret: z.string() }),
    kind: 'json',
    status: 201,
  },
  confirmTotp: {
    method: 'POST',
    path: '/v1/me/totp/confirm',
    summary: 'Prove that one-time passwords work: signing in needs one from then on. The recovery codes are shown once',
    role: 'viewer',
    scope: 'self',
    body: z.strictObject({ code: totpCode }),
    reply: z.object({ recoveryCodes: z.array(z.string()) }),
    kind: 'json',
    status: 200,
  },
  endTotp: {
    method: 'POST',
    path: '/v1/me/totp/end',
    summary: 'Sign in without one-time passwords from now on; takes one more of them, or a recovery code',
    role: 'viewer',
    scope: 'self',
    body: withFactor,
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  removeTotp: {
    method: 'DELETE',
    path: '/v1/people/:name/totp',
    summary: 'Take the one-time passwords off somebody who lost them',
    role: 'owner',
    scope: 'cluster',
    params,
    reply: z.undefined(),
    kind: 'json',
    status: 204,
  },
  resetPassword: {
    method: 'POST',
    path: '/v1/people/:name/password-reset',
    summary: 'A token by which a person chooses another password, once, within a day; the old one counts until then',
    role: 'owner',
    scope: 'cluster',
    params,
    reply: invitation,
    kind: 'json',
    status: 201,
  },
  acceptReset: {
    method: 'POST',
    path: '/v1/password-resets/accept',
    summary: 'Choose another password with the token of a reset, and sign in; all other sessions end',
    role: 'nobody',
    scope: 'self',
    body: z.strictObject({ token: z.string().max(200), password, ...secondFactor }),
    reply: session,
    kind: 'json',
    status: 201,
  },
} as const satisfies Readonly<Record<string, Route>>
