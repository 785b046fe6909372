import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Network } from '@atoll/spec'
import type { EnvironmentRef } from '../engine.ts'
import type { NetworkBody } from './bodies.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { isOwnedBy } from './labels.ts'
import { removeOwned } from './remove-owned.ts'
import type { Removal } from './remove-owned.ts'
import { createdReply, networksReply } from './replies.ts'
import type { NetworkReply } from './replies.ts'
import { ADDRESS_POOL, chooseSubnet, isOverlapping } from './subnets.ts'
import { translateNetwork } from './translate.ts'

/** Two who create at the same moment may choose the same subnet; the later then takes the next. */
const maxTries = 6
/** Measured: 20 ms. */
const allocationTimeoutMs = 4_000
const allocationPollMs = 15
/** Tasks stop within their grace period; a network is free after that. */
const removalTimeoutMs = 60_000
const removalPollMs = 100

export interface NetworkChange {
  readonly network: Network
  readonly ref: EnvironmentRef
}

/** Creates a network in a free subnet of Atoll's pool (or in the one its file names). One that is ours already is fine. */
export const createNetwork = async (api: Api, change: NetworkChange, signal: AbortSignal): Promise<void> => {
  const { network, ref } = change
  const doing = `create network ${network.engineName}`
  const refused: string[] = []
  for (let tried = 0; tried < maxTries; tried++) {
    const networks = await listNetworks(api, signal)
    const found = networks.find(({ Name, Scope }) => Name === network.engineName && Scope === 'swarm')
    if (found !== undefined) return refuseForeign(found, { ref, doing })
    const subnet = hasOwnSubnet(network)
      ? undefined
      : chooseSubnet([...subnetsOf(networks), ...refused], randomInt(1_024))
    if (subnet === undefined && !hasOwnSubnet(network))
      throw new EngineError(
        'refused',
        `${doing}: the address pool ${ADDRESS_POOL} is used up; remove networks nobody needs`,
      )
    const body = translateNetwork(network, { ref, ...(subnet !== undefined && { subnet }) })
    const created = await create(api, { body, doing }, signal)
    if (created === undefined) continue
    const obstacle = await awaitAllocation(api, { id: created, subnets: subnetsOfBody(body) }, signal)
    if (obstacle === undefined) return
    // Swarm takes a subnet that overlaps and then never allocates it, nor says so: tasks would stay "new" for ever.
    await api.send({ method: 'DELETE', path: `/networks/${created}`, doing }, signal)
    if (subnet === undefined) throw new EngineError('invalid', `${doing}: its subnet is not allocated; ${obstacle}`)
    refused.push(subnet)
  }
  throw new EngineError(
    'conflict',
    `${doing}: no subnet of ${ADDRESS_POOL} was allocated (tried ${refused.join(', ')}); see the leader's log`,
  )
}

/**
 * Waits until the tasks of removed services have left it, and until this manager shows it no more, which is a moment later.
 * One that a service uses is EngineError `conflict` at once.
 */
export const removeNetwork = async (api: Api, removal: Removal, signal: AbortSignal): Promise<void> => {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(removalTimeoutMs)])
  for (;;) {
    try {
      await removeOwned(api, removal, signal)
      if ((await listNetworks(api, signal)).every(({ Id }) => Id !== removal.id)) return
    } catch (error) {
      const isLeaving = error instanceof EngineError && error.code === 'conflict' && !/by service/.test(error.message)
      if (!isLeaving || deadline.aborted) throw error
    }
    if (deadline.aborted)
      throw new EngineError(
        'conflict',
        `remove network ${removal.engineName}: it is still there; look what is attached to it`,
      )
    await delay(removalPollMs, undefined, { signal: deadline }).catch(() => undefined)
  }
}

const listNetworks = (api: Api, signal: AbortSignal): Promise<readonly NetworkReply[]> =>
  api.json({ method: 'GET', path: '/networks' }, networksReply, signal)

const subnetsOf = (networks: readonly NetworkReply[]): readonly string[] =>
  networks.flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet === undefined ? [] : [Subnet])))

const hasOwnSubnet = ({ ipam }: Network): boolean => ipam?.subnets.some(({ subnet }) => subnet !== undefined) ?? false

const refuseForeign = (
  found: NetworkReply,
  { ref, doing }: { readonly ref: EnvironmentRef; readonly doing: string },
): void => {
  if (isOwnedBy(found.Labels, ref)) return
  const whose = `one of this name is there and is not ${ref.app}/${ref.environment}'s`
  throw new EngineError('name-taken', `${doing}: ${whose}; rename or remove it, or declare the network as external`)
}

/** The id; undefined when somebody was faster under this name, which the next look sorts out. */
const create = async (
  api: Api,
  { body, doing }: { readonly body: object; readonly doing: string },
  signal: AbortSignal,
): Promise<string | undefined> => {
  try {
    return (await api.json({ method: 'POST', path: '/networks/create', body, doing }, createdReply, signal)).id
  } catch (error) {
    if (error instanceof EngineError && error.code === 'name-taken') return undefined
    throw error
  }
}

/** What stands in the way; undefined once the leader has given the network its subnet. */
const awaitAllocation = async (
  api: Api,
  { id, subnets }: { readonly id: string; readonly subnets: readonly string[] },
  signal: AbortSignal,
): Promise<string | undefined> => {
  const deadline = AbortSignal.timeout(allocationTimeoutMs)
  while (!deadline.aborted) {
    const networks = await listNetworks(api, signal)
    const own = networks.find(({ Id }) => Id === id)
    if (own !== undefined && own.Driver !== '') return undefined
    const rival = networks.find(
      (network) =>
        network.Id !== id && subnetsOf([network]).some((used) => subnets.some((it) => isOverlapping(used, it))),
    )
    if (rival !== undefined)
      return `${subnets.join(', ')} overlaps ${subnetsOf([rival]).join(', ')} of network ${rival.Name}`
    await delay(allocationPollMs, undefined, { signal }).catch(() => undefined)
  }
  return `the leader did not allocate ${subnets.join(', ')} in time; see its log`
}

const subnetsOfBody = ({ IPAM }: NetworkBody): readonly string[] =>
  (IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet === undefined ? [] : [Subnet]))
