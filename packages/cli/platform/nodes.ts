import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@atoll/api'
import type { RoleOutcome, RoleRequest } from '@atoll/deploy'
import type { ClusterNodes } from '../cluster/nodes.ts'
import { CommandError } from '../errors.ts'
import { listAll } from './list-all.ts'
import { once } from './once.ts'

/** By way of a control. */
export const createPlatformNodes = (client: Client): ClusterNodes => ({
  nodes: async (signal) =>
    (await listAll((query) => client.call('listHeldNodes', { query }, signal))).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    ),
  node: (node, signal) => client.call('getNode', { params: { node } }, signal),
  labelNode: ({ node, ...body }, signal) =>
    once((headers) => client.call('labelNode', { params: { node }, body, headers }, signal), signal),
  changeNodeRole: (request, signal) => changeRole(client, request, signal),
  setWitness: ({ node, ...body }, signal) =>
    once((headers) => client.call('setWitness', { params: { node }, body, headers }, signal), signal),
  beginDrain: ({ node, ...body }, signal) =>
    once((headers) => client.call('drainNode', { params: { node }, body, headers }, signal), signal),
  followDrain: (node, signal) => followDrain(client, node, signal),
  drainsByItself: true,
  drills: (signal) => listAll((query) => client.call('listDrills', { query }, signal)),
  resumeNode: (node, signal) =>
    once((headers) => client.call('resumeNode', { params: { node }, headers }, signal), signal),
  admission: (signal) => client.call('admitServer', {}, signal),
  vips: (signal) => client.call('getVips', {}, signal),
  changeVips: ({ vips, revision }, signal) =>
    client.call('changeVips', { body: { vips }, headers: { 'if-match': `"${revision}"` } }, signal),
  removeNode: ({ node, isForced }, signal) =>
    client.call('removeNode', { params: { node }, query: isForced ? { force: 'true' } : {} }, signal),
})

/** Between two looks: the API has no route that wakes us. */
const followEveryMs = 1_000

async function* followDrain(client: Client, node: string, signal: AbortSignal) {
  for (;;) {
    const { drain } = await client.call('getDrain', { params: { node } }, signal)
    if (drain === undefined) return
    yield drain
    await delay(followEveryMs, undefined, { signal })
  }
}

/** As long as an engine itself is waited for. */
const longestMs = 300_000

/** A control answers within its minute, and is asked again while the managers are still at it. */
const changeRole = async (client: Client, { node, role }: RoleRequest, signal: AbortSignal): Promise<RoleOutcome> => {
  const untilMs = performance.now() + longestMs
  let first: RoleOutcome | undefined
  for (;;) {
    const ask = (headers: Readonly<Record<string, string>>) =>
      client.call('changeNodeRole', { params: { node }, body: { role }, headers }, signal)
    const { isSettled, ...outcome } = await once(ask, signal)
    first ??= outcome
    if (isSettled) return first
    if (performance.now() < untilMs) continue
    throw new CommandError('timeout', `make ${node} a ${role}: not so after ${longestMs / 1000} s`, {
      hint: 'it was asked for: look with "atoll node ls" and "atoll doctor"',
    })
  }
}
