import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { EngineError } from '@atoll/engine'
import type { IngressContainer, LocalIngress, NodeIngress, NodeTable, NodeTally, TallyQuery } from '@atoll/engine'
import type { Door, IngressState } from '@atoll/ingress/door'
import { createQueue } from '@atoll/ingress/queue'
import type { StaticSite } from '@atoll/spec'
import { createBell } from '@atoll/store'
import type { Bell } from '@atoll/store'
import { isPlatformName } from '../policy-names.ts'
import type { SiteKeeper } from '../sites/keep-sites.ts'
import { createNetworkKeeper } from './keep-networks.ts'

/** What the agent does for the ingress of its node. */
export interface IngressKeeper {
  /** Resolves once the ingress serves it. Throws EngineError. */
  give(table: NodeTable, signal: AbortSignal): Promise<void>
  follow(signal: AbortSignal): AsyncIterable<NodeIngress>
  /** Resolves once the files are on this node. Throws EngineError. */
  fetchSite(site: StaticSite, signal: AbortSignal): Promise<void>
  /** What it has counted. Throws EngineError `unreachable`. */
  readTally(query: TallyQuery, signal: AbortSignal): Promise<NodeTally>
  /** Sees to its networks until the signal comes, whenever its container is another. */
  keep(signal: AbortSignal): Promise<void>
}

export interface IngressParts {
  readonly local: LocalIngress
  readonly door: Door
  /** Absent: it serves no static files. */
  readonly sites?: SiteKeeper
  readonly say: (message: string, more?: object) => void
  /** A network that was needed for nothing so long is left; tasks that are made anew leave one empty for a moment. 4 s unless said. */
  readonly partAfterMs?: number
  /** One that ran nowhere so long has been taken away: its networks are not held for it any more. 30 s unless said. */
  readonly goneAfterMs?: number
}

/** A stream of events that broke is opened anew after this. */
const againMs = 1_000
const defaultPartAfterMs = 4_000
const defaultGoneAfterMs = 30_000
/** From the start of a container until its program listens. */
const startMs = 5_000
const startPollMs = 50

export const createIngressKeeper = ({
  local,
  door,
  sites,
  say,
  partAfterMs = defaultPartAfterMs,
  goneAfterMs = defaultGoneAfterMs,
}: IngressParts): IngressKeeper => {
  const followers = new Set<Bell>()
  const networks = createNetworkKeeper({ local, say, partAfterMs })
  let wanted: NodeTable | undefined
  let seen: NodeIngress = {}
  const tell = (now: NodeIngress): void => {
    const isSame = isDeepStrictEqual(now, seen)
    seen = now
    if (isSame) return
    for (const bell of followers) bell.ring()
  }
  const inTurn = createQueue()
  const absence = watchAbsence(goneAfterMs)
  const settle = (signal: AbortSignal): Promise<void> =>
    inTurn(async () => {
      const container = await local.find(signal)
      absence.note(container === undefined)
      if (absence.isDue()) await local.release(signal).then(absence.settle)
      if (container === undefined) return tell({})
      tell(toSeen(await supply({ container, door, networks, sites, wanted }, signal)))
    })
  const settleAnyhow = (signal: AbortSignal): Promise<void> =>
    settle(signal).catch((error: unknown) => {
      if (!signal.aborted) say('the ingress could not be seen to', { error: String(error) })
    })
  const watch = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await settleAnyhow(signal)
      await followContainers(local, { followers, settle: settleAnyhow }, signal).catch(() => undefined)
      await delay(againMs, undefined, { signal }).catch(() => undefined)
    }
  }
  const tidy = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await delay(partAfterMs, undefined, { signal }).catch(() => undefined)
      if (absence.isDue() || networks.isUnsettled() || sites?.isUnsettled()) await settleAnyhow(signal)
      await sites?.tidy().catch((error: unknown) => say('static files cannot be removed', { error: String(error) }))
    }
  }
  return {
    give: async (table, signal) => {
      refusePlatformNetworks(table)
      wanted = table
      await settle(signal)
      if (seen.version === table.version || wanted !== table) return
      const why = seen.trouble ?? 'no ingress runs on this node; see "atoll status atoll/system"'
      throw new EngineError(
        seen.trouble === undefined ? 'unreachable' : 'refused',
        `give the ingress its routes: ${why}`,
      )
    },
    follow: (signal) => follow(followers, () => seen, signal),
    fetchSite: async (site, signal) => {
      if (sites === undefined) throw new EngineError('not-found', 'bring static files: this node serves none')
      await sites.fetch(site, signal)
    },
    readTally: (query, signal) => readTally(door, query, signal),
    keep: async (signal) => void (await Promise.all([watch(signal), tidy(signal)])),
  }
}

/** How long there has been none, and whether what follows from that was done. */
const watchAbsence = (goneAfterMs: number) => {
  let sinceMs: number | undefined
  let isSettled = false
  return {
    note: (isAbsent: boolean): void => {
      if (!isAbsent) isSettled = false
      sinceMs = isAbsent ? (sinceMs ?? performance.now()) : undefined
    },
    isDue: (): boolean => !isSettled && sinceMs !== undefined && performance.now() - sinceMs >= goneAfterMs,
    settle: (): void => void (isSettled = true),
  }
}

/** Now, and again whenever the bell that is among the followers meanwhile rings. */
async function* follow(
  followers: Set<Bell>,
  see: () => NodeIngress,
  signal: AbortSignal,
): AsyncGenerator<NodeIngress, void> {
  const bell = createBell()
  followers.add(bell)
  try {
    for (;;) {
      yield see()
      await bell.wait(signal)
      if (signal.aborted) return
    }
  } finally {
    followers.delete(bell)
  }
}

const readTally = async (door: Door, { ref, ...rest }: TallyQuery, signal: AbortSignal): Promise<NodeTally> => {
  try {
    return await door.readTally({ ...ref, ...rest }, signal)
  } catch (cause) {
    throw new EngineError('unreachable', `read what the ingress has counted: ${messageOf(cause)}`, { cause })
  }
}

const toSeen = ({ networks: _networks, sites: _sites, ...seen }: IngressState): NodeIngress => seen

interface Supply {
  readonly container: IngressContainer
  readonly door: Door
  readonly networks: ReturnType<typeof createNetworkKeeper>
  readonly sites: SiteKeeper | undefined
  readonly wanted: NodeTable | undefined
}

/** Networks and files first, so that what it is told of answers; it says what it serves then. */
const supply = async (
  { container, door, networks, sites, wanted }: Supply,
  signal: AbortSignal,
): Promise<IngressState> => {
  const state = await awaitDoor(door, signal)
  const needed = wanted ?? state
  await Promise.all([networks.keep(container, needed.networks, signal), sites?.keep(needed.sites ?? [])])
  if (wanted === undefined || wanted.version === state.version) return door.begin(signal)
  return door
    .give(wanted, signal)
    .catch(async (error: unknown) => ({ ...(await door.state(signal)), trouble: messageOf(error) }))
}

const awaitDoor = async (door: Door, signal: AbortSignal): Promise<IngressState> => {
  const deadline = performance.now() + startMs
  for (;;) {
    try {
      return await door.state(signal)
    } catch (error) {
      if (signal.aborted || performance.now() > deadline) throw error
      await delay(startPollMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

interface Listening {
  readonly followers: ReadonlySet<Bell>
  readonly settle: (signal: AbortSignal) => Promise<void>
}

const followContainers = async (
  local: LocalIngress,
  { followers, settle }: Listening,
  signal: AbortSignal,
): Promise<void> => {
  for await (const { isIngress } of local.watchContainers(signal)) {
    if (isIngress) void settle(signal)
    for (const bell of followers) bell.ring()
  }
}

/** Whoever makes tables must not bring the ingress, and so what asks it, into the platform's own network. */
const refusePlatformNetworks = ({ networks }: NodeTable): void => {
  const found = networks.find(({ name }) => isPlatformName(name))
  if (found === undefined) return
  throw new EngineError('refused', `give the ingress its routes: ${found.name} is a network of the platform`)
}
