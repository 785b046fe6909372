import { z } from 'zod'
import { EngineError } from '../errors.ts'
import type { ContainerChange, IngressContainer, LocalIngress, NodeNetwork } from '../routing.ts'
import type { Client } from './client.ts'
import { openNetworkHolder } from './network-holder.ts'
import { eventReply, list } from './replies.ts'
import { readJsonLines } from './streams.ts'
import { chooseIngressAddress, locateAddress } from './subnets.ts'

/** Of the platform itself, as its compose file makes it. */
export const ingressServices = { ingress: 'atoll_system_ingress', streams: 'atoll_system_streams' } as const
type IngressService = (typeof ingressServices)[keyof typeof ingressServices]

/** Of both, so that none has an address of the other in networks of apps. */
const ownNetwork = 'atoll_system_ingress'

const containersReply = list(
  z.object({
    Id: z.string(),
    NetworkSettings: z.object({
      Networks: z.record(z.string(), z.object({ IPAddress: z.string(), IPPrefixLen: z.number() })),
    }),
  }),
)

const serviceLabel = 'com.docker.swarm.service.name'
const tellingEvents = ['start', 'die', 'kill', 'health_status']

export const openLocalIngress = (client: Client, service: IngressService): LocalIngress => {
  const holder = openNetworkHolder(client)
  return {
    find: async (signal) => {
      const found = await findIngress(client, service, signal)
      return found && { ...found, held: [...holder.networks()] }
    },
    join: async (container, network, signal) => {
      await holder.hold(network.name, signal)
      await join(client, { container, network }, signal)
    },
    part: async (containerId, network, signal) => {
      await part(client, { containerId, network }, signal)
      await holder.release(network, signal)
    },
    release: async (signal) => {
      for (const network of holder.networks()) await holder.release(network, signal)
    },
    watchContainers: (signal) => watchContainers(client, service, signal),
  }
}

interface Joining {
  readonly container: IngressContainer
  readonly network: NodeNetwork
}

const join = (client: Client, { container, network }: Joining, signal: AbortSignal): Promise<void> => {
  const { name, subnet } = network
  const doing = `join the ingress to ${name}`
  const path = `/networks/${encodeURIComponent(name)}/connect`
  const EndpointConfig = { IPAMConfig: { IPv4Address: chooseIngressAddress(subnet, container.number) } }
  const call = { method: 'POST', path, body: { Container: container.id, EndpointConfig }, doing } as const
  return client.send(call, signal).catch(unless(/already exists in network/))
}

interface Parting {
  readonly containerId: string
  readonly network: string
}

const part = (client: Client, { containerId, network }: Parting, signal: AbortSignal): Promise<void> => {
  const doing = `part the ingress from ${network}`
  const path = `/networks/${encodeURIComponent(network)}/disconnect`
  const call = { method: 'POST', path, body: { Container: containerId, Force: true }, doing } as const
  return client.send(call, signal).catch(unless(/is not connected|No such container|not found/))
}

const findIngress = async (
  client: Client,
  service: IngressService,
  signal: AbortSignal,
): Promise<Omit<IngressContainer, 'held'> | undefined> => {
  const filters = { label: [`${serviceLabel}=${service}`], status: ['running'] }
  const call = { method: 'GET', path: '/containers/json', query: { filters }, doing: 'find the ingress' } as const
  const [found] = await client.json(call, containersReply, signal)
  if (found === undefined) return undefined
  const { Networks } = found.NetworkSettings
  const own = Networks[ownNetwork]
  // It has no address before it has begun, and is nowhere to be joined to then.
  if (own === undefined || own.IPAddress === '') return undefined
  const { number } = locateAddress(`${own.IPAddress}/${own.IPPrefixLen}`)
  return { id: found.Id, number, networks: Object.keys(Networks) }
}

async function* watchContainers(
  client: Client,
  own: IngressService,
  signal: AbortSignal,
): AsyncIterable<ContainerChange> {
  const query = { filters: { type: ['container'], event: tellingEvents, label: [serviceLabel] } }
  const stream = await client.stream({ method: 'GET', path: '/events', query, doing: 'watch containers' }, signal)
  for await (const line of readJsonLines(stream)) {
    const service = eventReply.safeParse(line).data?.Actor?.Attributes[serviceLabel]
    if (service !== undefined) yield { isIngress: service === own }
  }
}

/** What was to be done is done already. */
const unless =
  (done: RegExp) =>
  (error: unknown): void => {
    if (!(error instanceof EngineError) || !done.test(error.message)) throw error
  }
