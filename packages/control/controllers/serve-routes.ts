import { wantedHosts } from '@atoll/certificates'
import { createPortsReader } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import type { IngressApi, NodeTable, RoutingApi } from '@atoll/engine'
import { createBell, StoreError } from '@atoll/store'
import type { Bell } from '@atoll/store'
import { SealError } from '@atoll/store/sealed'
import type { ConfigsApi } from '@atoll/store/swarm'
import { collections } from '../certificates/records.ts'
import type { World } from '../control.ts'
import { isLeader } from '../is-leader.ts'
import { limits } from '../limits.ts'
import { createRouteFinder } from '../routes/find-routes.ts'
import { makeTable } from '../routes/make-table.ts'
import { isRequested, isStreamed, takeRoutes } from '../routes/split-routes.ts'
import { startTeller } from '../routes/node-teller.ts'
import type { NodeTeller } from '../routes/node-teller.ts'
import type { FindCertificates } from '../routes/find-certificates.ts'
import { readSettings, settingsCollection } from '../settings.ts'

export interface RouteParts {
  readonly routing: RoutingApi
  readonly configs: Pick<ConfigsApi, 'events'>
  readonly findCertificates: FindCertificates
}

/**
 * Gives the ingress of every node the routes of all apps and where their tasks answer, while this control leads. Each ingress
 * keeps what it was given last, so between two leaders only what changes is missed.
 */
export const serveRoutes = async (world: World, parts: RouteParts, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    if (await isLeader(world, signal)) await lead(world, parts, signal)
    await world.clock.wait(limits.controllerEveryMs, signal).catch(() => undefined)
  }
}

const lead = async (world: World, parts: RouteParts, signal: AbortSignal): Promise<void> => {
  const leaving = new AbortController()
  const ended = AbortSignal.any([signal, leaving.signal])
  const bell = createBell()
  const tellers: Tellers = { requests: new Map(), streams: new Map() }
  const pumps = [
    pump(world, () => parts.routing.watchServices(ended), { bell, signal: ended }),
    pump(world, () => changesOf(parts.configs, ended), { bell, signal: ended }),
  ]
  try {
    await keepTelling(world, { parts, bell, tellers }, ended)
  } finally {
    leaving.abort()
    const stopped = Object.values(tellers).flatMap((own) => [...own.values()].map((teller) => teller.stop()))
    await Promise.all([...pumps, ...stopped])
  }
}

interface Leading {
  readonly parts: RouteParts
  readonly bell: Bell
  readonly tellers: Tellers
}

/** By node, of each of its ingresses. */
type Tellers = Readonly<Record<'requests' | 'streams', Map<string, NodeTeller>>>

/** What is to be served; absent: that ingress is not there. */
interface Tables {
  readonly requests: NodeTable
  readonly streams?: NodeTable
}

/** Until another leads. After something rang it is looked at often for a while: a manager learns of tasks a moment later. */
const keepTelling = async (world: World, { parts, bell, tellers }: Leading, signal: AbortSignal): Promise<void> => {
  const findRoutes = createRouteFinder(world.recentDocuments)
  const readPorts = createPortsReader(world.recentDocuments)
  let rangMs = world.clock.now()
  let lookedMs = -Infinity
  while (!signal.aborted && (await isLeader(world, signal))) {
    const nowMs = world.clock.now()
    const isBusy = nowMs - rangMs < limits.routes.settleMs
    if (isBusy || nowMs - lookedMs >= limits.routes.lookMs) {
      lookedMs = nowMs
      const tables = await look(world, { parts, findRoutes, readPorts }, signal)
      if (tables !== undefined) await tell(world, { tables, parts, bell, tellers }, signal)
    }
    const waitMs = isBusy ? limits.routes.busyMs : limits.controllerEveryMs
    if (await bell.wait(signal, waitMs)) rangMs = world.clock.now()
  }
}

interface Looking {
  readonly parts: RouteParts
  readonly findRoutes: ReturnType<typeof createRouteFinder>
  /** Those that are open for streams. */
  readonly readPorts: ReturnType<typeof createPortsReader>
}

/** Undefined when it could not be seen: then everything stays as it is. */
const look = async (
  world: World,
  { parts, findRoutes, readPorts }: Looking,
  signal: AbortSignal,
): Promise<Tables | undefined> => {
  try {
    const all = [...(await findRoutes(signal)).values()]
    const apps = takeRoutes(all, isRequested)
    const open = await readPorts(signal)
    const streamed = takeRoutes(all, (route) => isStreamed(route, open))
    const services = [...new Set([...apps, ...streamed].flatMap((app) => Object.values(app.services)))]
    const endpoints = await parts.routing.listEndpoints(services, signal)
    const hosts = wantedHosts(apps).map(({ host }) => host)
    const { trustedProxies, isProxyProtocolExpected, hasProbes } = (
      await readSettings({ documents: world.recentDocuments }, signal)
    ).ingress
    const addresses = await findAddresses(world, signal)
    const around = { endpoints, addresses, trustedProxies, isProxyProtocolExpected }
    const requests = makeTable({ apps, ...around, hasProbes, ...(await parts.findCertificates(hosts, signal)) })
    if (open.length === 0) return { requests }
    return { requests, streams: makeTable({ apps: streamed, ...around, certificates: [] }) }
  } catch (error) {
    if (!isPassing(error)) throw error
    if (!signal.aborted) world.log({ event: 'routes cannot be looked at', error: error.message })
    return undefined
  }
}

/** Without those by which no other node comes to it: an engine that was told none. */
const findAddresses = async ({ recentNodes }: World, signal: AbortSignal): Promise<ReadonlyMap<string, string>> => {
  const known = (await recentNodes(signal)).filter(({ address }) => !/^(?:$|0\.0\.0\.0$|127\.)/.test(address))
  return new Map(known.map(({ id, address }) => [id, address]))
}

/** A key that opens nothing is being exchanged: it passes, as outages do. */
const isPassing = (error: unknown): error is Error =>
  error instanceof EngineError || error instanceof StoreError || error instanceof SealError

const tell = async (
  world: World,
  { tables, parts, bell, tellers }: Leading & { readonly tables: Tables },
  signal: AbortSignal,
): Promise<void> => {
  const nodes = await world.recentNodes(signal).catch(() => undefined)
  if (nodes === undefined) return
  const ready = new Set(nodes.filter(({ state }) => state === 'ready').map(({ id }) => id))
  const { routing } = parts
  const onChange = (): void => bell.ring()
  tellAll(world, { routing, onChange, tellers: tellers.requests, ready, table: tables.requests })
  const streams = { routing: routing.streams, onChange, tellers: tellers.streams }
  if (tables.streams === undefined) leaveAll(tellers.streams, () => false)
  else tellAll(world, { ...streams, ready, table: tables.streams })
}

interface Telling {
  readonly routing: IngressApi
  readonly onChange: () => void
  readonly tellers: Map<string, NodeTeller>
  /** Ids of nodes. */
  readonly ready: ReadonlySet<string>
  readonly table: NodeTable
}

/** Every ready node has a teller; one that is away is begun anew when it is back. */
const tellAll = ({ clock, log }: World, { routing, onChange, tellers, ready, table }: Telling): void => {
  leaveAll(tellers, (nodeId) => ready.has(nodeId))
  for (const nodeId of ready) {
    const teller = tellers.get(nodeId) ?? startTeller({ routing, clock, log, nodeId, onChange })
    tellers.set(nodeId, teller)
    teller.want(table)
  }
}

const leaveAll = (tellers: Map<string, NodeTeller>, isKept: (nodeId: string) => boolean): void => {
  for (const [nodeId, teller] of tellers) {
    if (isKept(nodeId)) continue
    tellers.delete(nodeId)
    void teller.stop()
  }
}

/** Rings for everything that comes, and once more when the stream broke, for nobody knows what was missed. */
const pump = async (
  world: World,
  open: () => AsyncIterable<unknown>,
  { bell, signal }: { readonly bell: Bell; readonly signal: AbortSignal },
): Promise<void> => {
  while (!signal.aborted) {
    try {
      for await (const _ of open()) bell.ring()
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
    }
    await world.clock.wait(limits.routes.followAgainMs, signal).catch(() => undefined)
    bell.ring()
  }
}

/** Which release is current, what is being removed, what TLS is answered with, and whose word is taken. */
const prefixes = ['environment', collections.certificate, collections.acme, settingsCollection].map(
  (name) => `atoll.${name}.`,
)

async function* changesOf(configs: RouteParts['configs'], signal: AbortSignal): AsyncIterable<string> {
  for await (const { name } of configs.events(signal)) {
    if (prefixes.some((prefix) => name.startsWith(prefix))) yield name
  }
}
