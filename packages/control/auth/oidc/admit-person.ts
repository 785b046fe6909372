import { createHash } from 'node:crypto'
import type { Control } from '../../control.ts'
import { ControlError } from '../../errors.ts'
import { claimInvitation } from '../invitations.ts'
import { putPerson } from '../people.ts'
import type { FoundPerson } from '../people.ts'
import { collections as people } from '../records.ts'
import type { Grant, InvitationRecord, PersonRecord } from '../records.ts'
import { chooseName } from './choose-name.ts'
import type { Claims } from './provider.ts'
import { collections } from './records.ts'
import type { IdentityRecord, OidcRecord } from './records.ts'

export interface Admission {
  readonly name: string
  readonly person: PersonRecord
  /** What the settings give this session. */
  readonly grants: readonly Grant[]
  /** Absent of who was known. */
  readonly by?: 'invitation' | 'mapping'
}

/**
 * Who it is that the provider has proved, known by issuer and subject and by nothing else. A new person comes by an invitation
 * of a proven address, or by a mapping. ControlError `oidc-stranger`: nothing gives a role; `oidc-domain`.
 */
export const admitPerson = async (
  control: Control,
  { claims, settings }: { readonly claims: Claims; readonly settings: OidcRecord },
  signal: AbortSignal,
): Promise<Admission> => {
  const email = provenEmail(claims)
  requireDomain(settings, email)
  const grants = mapClaims(settings, claims)
  const id = identityId(claims)
  const known = await findKnown(control, id, signal)
  const invited = email === undefined ? [] : await takeInvitation(control, email, signal)
  if ([...(known?.value.grants ?? []), ...invited, ...grants].length === 0) throw stranger()
  const found = known ?? (await addPerson(control, { id, claims }, signal))
  const joined = invited.length === 0 ? found : await giveRoles(control, found, { grants: invited, signal })
  const admission = { name: joined.id, person: joined.value, grants }
  if (invited.length > 0) return { ...admission, by: 'invitation' }
  return known === undefined ? { ...admission, by: 'mapping' } : admission
}

const giveRoles = (
  control: Control,
  found: FoundPerson,
  { grants, signal }: { readonly grants: readonly Grant[]; readonly signal: AbortSignal },
): Promise<FoundPerson> =>
  putPerson(control, found, { value: { ...found.value, grants: [...found.value.grants, ...grants] }, signal })

/** Lower case; only when the provider says that it was proved. */
const provenEmail = ({ all }: Claims): string | undefined => {
  const { email, email_verified: isVerified } = all
  return isVerified === true && typeof email === 'string' ? email.toLowerCase() : undefined
}

const requireDomain = ({ domains }: OidcRecord, email: string | undefined): void => {
  const domain = email?.slice(email.lastIndexOf('@') + 1)
  if (domains.length === 0 || domains.some((allowed) => allowed.toLowerCase() === domain)) return
  throw new ControlError('oidc-domain', 'your provider names no proven address of a domain that may come in', {
    status: 403,
    hint: 'sign in there as somebody else, or ask an owner',
  })
}

const mapClaims = ({ mappings }: OidcRecord, { all }: Claims): readonly Grant[] =>
  mappings
    .filter(({ claim, value }) => hasValue(Object.hasOwn(all, claim) ? all[claim] : undefined, value))
    .map(({ grant }) => grant)

const hasValue = (claim: unknown, value: string): boolean =>
  Array.isArray(claim) ? claim.includes(value) : claim === value

const identityId = ({ issuer, subject }: Claims): string =>
  createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex')
    .slice(0, 40)

/** Each names the other, so that no later person of that name is taken for this one. */
const findKnown = async ({ documents }: Control, id: string, signal: AbortSignal): Promise<FoundPerson | undefined> => {
  const identity = (await documents.find<IdentityRecord>(collections.identity, id, signal))?.value
  if (identity === undefined) return undefined
  const person = await documents.find<PersonRecord>(people.person, identity.person, signal)
  return person?.value.identity === id ? person : undefined
}

/** The oldest that is good; spent by compare-and-set, so that of two at once one comes second. */
const takeInvitation = async (control: Control, email: string, signal: AbortSignal): Promise<readonly Grant[]> => {
  const all = await control.documents.list<InvitationRecord>(people.invitation, {}, signal)
  const [found] = all
    .filter(({ value }) => value.email === email && value.expiresAtMs > control.clock.now())
    .toSorted((a, b) => a.value.createdAtMs - b.value.createdAtMs)
  if (found === undefined) return []
  await claimInvitation(control, found, signal)
  await control.documents.remove(people.invitation, found.id, signal)
  return found.value.grants
}

interface Newcomer {
  readonly id: string
  readonly claims: Claims
}

/** The identity first: cut off in between, it names nobody, and the next time goes on. */
const addPerson = async (control: Control, { id, claims }: Newcomer, signal: AbortSignal): Promise<FoundPerson> => {
  const { documents, clock } = control
  const name = await chooseName(control, claims.all, signal)
  const before = await documents.find<IdentityRecord>(collections.identity, id, signal)
  const { issuer, subject } = claims
  const value: IdentityRecord = { issuer, subject, person: name }
  await documents.put(collections.identity, id, { expected: before?.revision ?? 0, value }, signal)
  const person: PersonRecord = { grants: [], identity: id, createdAtMs: clock.now() }
  return documents.put(people.person, name, { expected: 0, value: person }, signal)
}

const stranger = (): ControlError =>
  new ControlError('oidc-stranger', 'your provider knows you, and nobody has given you a role here', {
    status: 403,
    hint: 'ask an owner for an invitation of your address: atoll people invite ROLE --email ADDRESS',
  })
