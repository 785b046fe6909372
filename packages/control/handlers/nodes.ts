import {
  beginDrain,
  changeNodeRole,
  findDrainOf,
  judgeRoleChange,
  labelNode,
  node,
  nodes,
  removeNode,
  resumeNode,
  setWitness,
} from '@atoll/deploy'
import type { RoleOutcome, RoleRequest } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { contextFor } from '../control.ts'
import type { Control } from '../control.ts'
import { limits } from '../limits.ts'
import type { Handlers } from './handler.ts'
import { byName, toLongPage } from './page.ts'

type NodeRoutes =
  | 'listHeldNodes'
  | 'getNode'
  | 'labelNode'
  | 'changeNodeRole'
  | 'setWitness'
  | 'getDrain'
  | 'drainNode'
  | 'resumeNode'
  | 'admitServer'
  | 'removeNode'

export const nodeHandlers: Handlers<NodeRoutes> = {
  listHeldNodes: async (control, { query, signal }) =>
    toLongPage(
      (await nodes(control, signal)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      query,
      byName(({ id }) => id),
    ),
  getNode: (control, { params, signal }) => node(control, params.node, signal),
  labelNode: async (control, { params, body, caller, address, signal }) => {
    const outcome = await labelNode(control, { node: params.node, ...body }, signal)
    const change = { before: outcome.before, after: outcome.labels }
    const entry = { by: caller.description, action: 'labelNode', subject: outcome.node, address, ...change }
    await appendAudit(control, entry, signal)
    return outcome
  },
  changeNodeRole: async (control, { params, body, caller, address, signal }) => {
    const outcome = await changeRole(control, { node: params.node, ...body }, signal)
    const { node: subject, role, isSettled } = outcome
    const after = { role, isSettled }
    const before = { role: outcome.isChanged === (role === 'manager') ? 'worker' : 'manager' }
    const entry = { by: caller.description, action: 'changeNodeRole', subject, address, before, after }
    await appendAudit(control, entry, signal)
    return outcome
  },
  setWitness: async (control, { params, body, caller, address, signal }) => {
    const outcome = await setWitness(control, { node: params.node, ...body }, signal)
    const after = { isWitness: outcome.isWitness }
    const entry = { by: caller.description, action: 'setWitness', subject: outcome.node, address, after }
    await appendAudit(control, entry, signal)
    return outcome
  },
  getDrain: async (control, { params, caller, signal }) => {
    const drain = await findDrainOf(contextFor(control, caller.name), params.node, signal)
    return drain === undefined ? {} : { drain }
  },
  drainNode: async (control, { params, body, caller, address, signal }) => {
    const { deadlineMs, isForced } = body
    const deadline = deadlineMs === undefined ? {} : { deadlineMs }
    const begun = await beginDrain(control, { node: params.node, isForced, ...deadline }, signal)
    const after = { isForced, untilMs: begun.untilMs }
    const entry = { by: caller.description, action: 'drainNode', subject: begun.node, address, after }
    await appendAudit(control, entry, signal)
    return begun
  },
  resumeNode: async (control, { params, caller, address, signal }) => {
    const resumed = await resumeNode(control, params.node, signal)
    const entry = { by: caller.description, action: 'resumeNode', subject: resumed.node, address }
    await appendAudit(control, entry, signal)
    return resumed
  },
  admitServer: async (control, { caller, address, signal }) => {
    requireSession(caller)
    const { workerToken, managers } = await control.engine.admission(signal)
    const entry = { by: caller.description, action: 'admitServer', subject: 'cluster', address }
    await appendAudit(control, entry, signal)
    return { workerToken, managers: [...managers] }
  },
  removeNode: async (control, { params, query, caller, address, signal }) => {
    const request = { node: params.node, isForced: query.force === 'true' }
    const removed = await removeNode(control, request, signal)
    const after = { isForced: request.isForced, volumes: removed.volumes.map(({ volume }) => volume) }
    const entry = { by: caller.description, action: 'removeNode', subject: removed.node, address, after }
    await appendAudit(control, entry, signal)
    return removed
  },
}

/** What takes longer than a request may is under way by then, whoever asks for it. */
const changeRole = async (
  control: Control,
  request: RoleRequest,
  signal: AbortSignal,
): Promise<RoleOutcome & { readonly isSettled: boolean }> => {
  const judged = judgeRoleChange(await control.engine.nodes(signal), request)
  const enough = AbortSignal.timeout(limits.nodeRoleMs)
  try {
    await changeNodeRole(control, request, AbortSignal.any([signal, enough]))
    return { ...judged, isSettled: true }
  } catch (error) {
    // A control that made its own node a worker cannot see it any more.
    const isBlind = request.role === 'worker' && judged.node === control.node.name && isRefused(error)
    if (!isBlind && !(enough.aborted && !signal.aborted)) throw error
    return { ...judged, isSettled: false }
  }
}

const isRefused = (error: unknown): boolean => error instanceof EngineError && error.code === 'refused'
