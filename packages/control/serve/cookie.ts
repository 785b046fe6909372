import type { RouteName } from '@atoll/api'

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

const opensSession: ReadonlySet<RouteName> = new Set(['signIn', 'acceptInvitation', 'acceptReset'])

/** What a browser keeps of an answer: pages never see the secret itself. */
export const cookieFor = (name: RouteName, reply: unknown, nowMs: number): string | undefined => {
  if (name === 'signOut') return `__Host-atoll=; ${attributes}; Max-Age=0`
  if (!opensSession.has(name)) return undefined
  const { token, expiresAtMs } = reply as { readonly token: string; readonly expiresAtMs: number }
  return `__Host-atoll=${token}; ${attributes}; Max-Age=${Math.floor((expiresAtMs - nowMs) / 1000)}`
}
