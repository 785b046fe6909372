import { ControlError } from '../errors.ts'
import type { World } from '../control.ts'
import { isGranted } from './grants.ts'
import type { Need } from './grants.ts'
import { collections } from './records.ts'
import type { Grant, PersonRecord, SessionRecord, TokenRecord } from './records.ts'
import { isSameHash, parseSecret } from './secrets.ts'
import type { Secret } from './secrets.ts'
import { findTeams, teamOf } from './teams.ts'
import type { TeamsRecord } from './teams.ts'

/** Who asks. */
export interface Caller {
  readonly kind: 'session' | 'token'
  /** The person, also behind a token. */
  readonly name: string
  /** Of the session's or token's document. */
  readonly id: string
  readonly grants: readonly Grant[]
  /** Of a token: it may what both allow. */
  readonly tokenGrants?: readonly Grant[]
  /** The team of each app, where a role in a team is among the grants; else empty. */
  readonly teams: TeamsRecord['apps']
  /** `anna`, or `anna (token ci)`. */
  readonly description: string
  readonly hasTotp: boolean
  /** How many are left. */
  readonly recoveryCodes: number
}

export const mayDo = ({ grants, tokenGrants, teams }: Caller, need: Need): boolean => {
  const team = need.app === undefined ? undefined : teamOf(teams, need.app)
  const placed = team === undefined ? need : { ...need, team }
  return isGranted(grants, placed) && (tokenGrants === undefined || isGranted(tokenGrants, placed))
}

/** ControlError `forbidden`. */
export const requireRole = (caller: Caller, need: Need): void => {
  if (mayDo(caller, need)) return
  throw new ControlError('forbidden', `${caller.description} is not ${need.role} of ${renderPlace(need)}`, {
    status: 403,
    hint: 'an owner gives roles',
  })
}

const renderPlace = ({ app, team }: Need): string => {
  if (app !== undefined) return `app ${app}`
  return team === undefined ? 'the cluster' : `team ${team}`
}

/** Programs do not make themselves new keys. ControlError `needs-session`. */
export const requireSession = ({ kind }: Caller): void => {
  if (kind === 'session') return
  throw new ControlError('needs-session', 'a token cannot do this', { status: 403, hint: 'sign in with a password' })
}

export interface Credentials {
  /** Header `authorization`. */
  readonly authorization: string | undefined
  readonly cookie: string | undefined
  /** Cross-site pages cannot send this header, and a cookie alone must not change anything. */
  readonly hasRequestHeader: boolean
  readonly isWrite: boolean
}

/**
 * Who asks, as the documents have it at this moment, so that what was revoked is at once of no use on any control.
 * ControlError `unauthenticated`, the same for every reason.
 */
export const authenticate = async (world: World, credentials: Credentials, signal: AbortSignal): Promise<Caller> => {
  const text = findSecret(credentials)
  const session = parseSecret(text, 'session')
  const caller =
    session === undefined ? await findToken(world, text, signal) : await findSession(world, session, signal)
  if (caller !== undefined) return caller
  throw unauthenticated()
}

const unauthenticated = (): ControlError =>
  new ControlError('unauthenticated', 'nobody is signed in', {
    status: 401,
    hint: 'sign in, or send a token as "Authorization: Bearer ..."',
  })

const findSecret = ({ authorization, cookie, hasRequestHeader, isWrite }: Credentials): string => {
  if (authorization !== undefined) return /^Bearer ([\w-]+)$/i.exec(authorization)?.[1] ?? ''
  const fromCookie = /(?:^|;\s*)__Host-atoll=([\w-]+)/.exec(cookie ?? '')?.[1]
  if (fromCookie === undefined) throw unauthenticated()
  if (!isWrite || hasRequestHeader) return fromCookie
  throw new ControlError('request-header-missing', 'a change with a cookie needs the header X-Atoll-Request', {
    status: 403,
  })
}

const findSession = async (world: World, secret: Secret, signal: AbortSignal): Promise<Caller | undefined> => {
  const session = (await world.documents.find<SessionRecord>(collections.session, secret.id, signal))?.value
  const person = await findPerson(world, { session, secret }, signal)
  if (session === undefined || person === undefined) return undefined
  const grants = [...person.grants, ...(session.grants ?? [])]
  return {
    kind: 'session',
    id: secret.id,
    name: session.person,
    grants,
    teams: await findAppTeams(world, grants, signal),
    description: session.person,
    ...describeTotp(person),
  }
}

/** Most people have no role in a team, and need no further document to be known. */
const findAppTeams = async (
  world: World,
  grants: readonly Grant[],
  signal: AbortSignal,
): Promise<TeamsRecord['apps']> =>
  grants.some(({ team }) => team !== undefined) ? (await findTeams(world, signal)).apps : {}

const describeTotp = ({ totp }: PersonRecord): Pick<Caller, 'hasTotp' | 'recoveryCodes'> => {
  const hasTotp = totp?.isConfirmed === true
  return { hasTotp, recoveryCodes: hasTotp ? (totp?.recoveryHashes?.length ?? 0) : 0 }
}

const findToken = async (world: World, text: string, signal: AbortSignal): Promise<Caller | undefined> => {
  const secret = parseSecret(text, 'token')
  if (secret === undefined) return undefined
  const token = (await world.documents.find<TokenRecord>(collections.token, secret.id, signal))?.value
  const person = await findPerson(world, { session: token, secret }, signal)
  if (token === undefined || person === undefined) return undefined
  return {
    kind: 'token',
    id: secret.id,
    name: token.person,
    grants: person.grants,
    tokenGrants: token.grants,
    teams: await findAppTeams(world, [...person.grants, ...token.grants], signal),
    description: `${token.person} (token ${token.name})`,
    ...describeTotp(person),
  }
}

const findPerson = async (
  { documents, clock }: World,
  { session, secret }: { readonly session: SessionRecord | undefined; readonly secret: Secret },
  signal: AbortSignal,
): Promise<PersonRecord | undefined> => {
  if (session === undefined || !isSameHash(session.hash, secret.hash)) return undefined
  if (session.expiresAtMs <= clock.now()) return undefined
  const person = (await documents.find<PersonRecord>(collections.person, session.person, signal))?.value
  return person?.createdAtMs === session.personCreatedAtMs ? person : undefined
}
