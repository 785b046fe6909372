import type { Document } from '@atoll/store'
import { createHash } from 'node:crypto'
import { isSameHash, parseSecret } from '../auth/secrets.ts'
import type { World } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import { collection } from './records.ts'
import type { ServerInvitationRecord, Taken } from './records.ts'

export type FoundInvitation = Pick<Document<ServerInvitationRecord>, 'id' | 'revision' | 'value'>

/** By its token, as long as anything can be done with it. ControlError `invalid-invitation`, the same for every reason. */
export const openInvitation = async (world: World, token: string, signal: AbortSignal): Promise<FoundInvitation> => {
  const secret = parseSecret(token, 'join')
  const found = secret && (await world.documents.find<ServerInvitationRecord>(collection, secret.id, signal))
  if (secret === undefined || found === undefined) throw invalid()
  if (!isSameHash(found.value.hash, secret.hash) || isOver(found.value, world.clock.now())) throw invalid()
  return { id: secret.id, revision: found.revision, value: found.value }
}

/** Who came has longer than who might. */
export const isOver = ({ expiresAtMs, taken }: ServerInvitationRecord, nowMs: number): boolean =>
  nowMs >= (taken === undefined ? expiresAtMs : taken.atMs + limits.joins.seatMs)

/** By its token and the seat of the server that came with it. ControlError `invalid-invitation`. */
export const openTaken = async (
  world: World,
  { token, seat }: { readonly token: string; readonly seat: string },
  signal: AbortSignal,
): Promise<FoundInvitation & { readonly taken: Taken }> => {
  const found = await openInvitation(world, token, signal)
  const { taken } = found.value
  if (taken === undefined || !isSameHash(taken.seatHash, hashSeat(seat))) throw invalid()
  return { ...found, taken }
}

export const hashSeat = (seat: string): string => createHash('sha256').update(seat).digest('hex')

/** As the audit names who comes with it. */
export const describeComer = ({ id, value }: Pick<FoundInvitation, 'id' | 'value'>): string =>
  `${value.by} (invited server ${id.slice(0, 8)})`

export const invalid = (): ControlError =>
  new ControlError('invalid-invitation', 'the invitation is not good, was used by another server, or is too old', {
    status: 401,
    hint: 'make a new one where somebody is signed in: atoll node invite',
  })
