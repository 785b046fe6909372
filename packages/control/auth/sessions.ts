import type { Reply } from '@atoll/api'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { collections } from './records.ts'
import type { Grant, PersonRecord, SessionRecord } from './records.ts'
import { createSecret } from './secrets.ts'

interface Owner {
  readonly name: string
  readonly person: PersonRecord
  /** Seven days unless said. */
  readonly sessionMs?: number
  /** Besides those of the person, for this session. */
  readonly grants?: readonly Grant[]
}

/** A new session of a person who has proved to be it. The secret is in the answer and nowhere else. */
export const openSession = async (
  { documents, clock }: World,
  { name, person, sessionMs = limits.sessionMs, grants }: Owner,
  signal: AbortSignal,
): Promise<Reply<'signIn'>> => {
  const { secret, id, hash } = createSecret('session')
  const nowMs = clock.now()
  const value: SessionRecord = {
    hash,
    person: name,
    personCreatedAtMs: person.createdAtMs,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + sessionMs,
    ...(grants === undefined ? {} : { grants }),
  }
  await documents.put(collections.session, id, { expected: 0, value }, signal)
  return { token: secret, name, expiresAtMs: value.expiresAtMs }
}

/** Removes those that `isObsolete`; they are of no use on any control from then on. */
export const removeSessions = async (
  { documents }: World,
  {
    collection,
    isObsolete,
  }: { readonly collection: 'session' | 'token'; readonly isObsolete: (session: SessionRecord, id: string) => boolean },
  signal: AbortSignal,
): Promise<void> => {
  const found = await documents.list<SessionRecord>(collection, {}, signal)
  for (const { id, value } of found) if (isObsolete(value, id)) await documents.remove(collection, id, signal)
}
