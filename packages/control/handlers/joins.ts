import { nodes, readStreamPorts, removeNode } from '@atoll/deploy'
import { appendAudit } from '../audit/audit.ts'
import { isSameHash } from '../auth/secrets.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import { describeComer, hashSeat, invalid, openInvitation, openTaken } from '../joins/open-invitation.ts'
import { collection } from '../joins/records.ts'
import type { ServerInvitationRecord, Taken } from '../joins/records.ts'
import { findPlatformImage } from '../joins/run-proof.ts'
import { awaitNode, chooseRole } from '../joins/settle-join.ts'
import { limits } from '../limits.ts'
import type { Handler, Handlers } from './handler.ts'

const count = ({ limiter }: Control, address: string): void =>
  limiter.take(`join ${address}`, limits.joins.attemptsPerAddress)

const lookAtCluster: Handler<'lookAtCluster'> = async (control, { body, address, signal }) => {
  count(control, address)
  const { value } = await openInvitation(control, body.token, signal)
  const { role, zone, name } = value
  const all = await nodes(control, signal)
  const { managers } = await control.engine.admission(signal)
  const { image } = await findPlatformImage(control, signal)
  return {
    role: role ?? chooseRole(all),
    ...(zone === undefined ? {} : { zone }),
    ...(name === undefined ? {} : { name }),
    nodes: all.map((node) => ({
      id: node.id,
      name: node.name,
      address: node.address,
      isManager: node.role !== 'worker',
      state: node.state,
    })),
    isTaken: value.taken !== undefined,
    managers: [...managers],
    image,
    nowMs: control.clock.now(),
    hasIngress: control.hasIngress,
    streamPorts: [...(await readStreamPorts(control.documents, signal))],
  }
}

/** Taken by compare-and-set, so that of two servers one comes second. Who was let in and refused comes again. */
const joinCluster: Handler<'joinCluster'> = async (control, { body, address, signal }) => {
  count(control, address)
  const { id, revision, value } = await openInvitation(control, body.token, signal)
  const seatHash = hashSeat(body.seat)
  if (value.taken !== undefined && !isSameHash(value.taken.seatHash, seatHash)) throw invalid()
  if (value.end?.kind === 'joined') throw invalid()
  const { end, carried: _, ...rest } = value
  const present = (await control.engine.nodes(signal)).map((node) => node.id)
  // Who comes again may have joined since it came first, unless that has ended.
  const knownIds = end === undefined ? (value.taken?.knownIds ?? present) : present
  const taken: Taken = { seatHash, address, atMs: value.taken?.atMs ?? control.clock.now(), knownIds }
  const entry = { by: describeComer({ id, value }), action: 'joinCluster', subject: id, address }
  const intent = await appendAudit(control, { kind: 'intent', ...entry }, signal)
  const next: ServerInvitationRecord = { ...rest, taken }
  await control.documents.put(collection, id, { expected: revision, value: next }, signal)
  const { workerToken, managers } = await control.engine.admission(signal)
  await appendAudit({ ...control, intent }, entry, signal)
  return { workerToken, managers: [...managers] }
}

const settleJoin: Handler<'settleJoin'> = async (control, { body, address, signal }) => {
  count(control, address)
  const found = await openTaken(control, body, signal)
  const { end } = found.value
  if (end?.nodeId === body.nodeId) return end
  if (found.taken.knownIds.includes(body.nodeId)) throw notNew()
  const { nodeId, holdsDoor = false } = body
  return control.joins.settle(found, { nodeId, holdsDoor }, signal)
}

const notNew = (): ControlError =>
  new ControlError('not-new', 'that node was in the cluster before this invitation was taken', { status: 422 })

/** The server has left by itself; the managers would go on listing it as down. */
const leaveJoin: Handler<'leaveJoin'> = async (control, { body, address, signal }) => {
  count(control, address)
  const { id, value } = await openTaken(control, body, signal)
  if (value.end?.kind !== 'refused') throw notRefused()
  const { nodeId } = value.end
  const { awayMs: timeoutMs } = limits.joins
  const node = await awaitNode(control, { nodeId, timeoutMs, isSo: (seen) => seen?.state !== 'ready' }, signal)
  if (node === undefined) return { isRemoved: false }
  const entry = { by: describeComer({ id, value }), action: 'leaveJoin', subject: node.name, address }
  const intent = await appendAudit(control, { kind: 'intent', ...entry }, signal)
  await removeNode(control, { node: nodeId, isForced: true }, signal)
  await appendAudit({ ...control, intent }, entry, signal)
  return { isRemoved: true }
}

const notRefused = (): ControlError =>
  new ControlError('not-refused', 'that server was not refused', {
    status: 409,
    hint: 'an owner takes nodes out: "atoll node drain" and "atoll node rm"',
  })

export const joinHandlers: Handlers<'lookAtCluster' | 'joinCluster' | 'settleJoin' | 'leaveJoin'> = {
  lookAtCluster,
  joinCluster,
  settleJoin,
  leaveJoin,
}
