import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { nameEnvironment } from './part.ts'
import { countPlaces } from './render/slots.ts'
import type { Endpoint, RoutedEnvironment, RouteTable } from './table.ts'

/** Subnets this host is in, in the notation of CIDR, sorted. */
export const readOwnNetworks = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .flatMap(({ cidr }) => (cidr === null ? [] : [cidr]))
    .toSorted()

/** What of a table may be asked. */
interface Reached {
  readonly table: RouteTable
  /** Environments with tasks in networks that the ingress is not in. */
  readonly apart: readonly Pick<RoutedEnvironment, 'app' | 'environment'>[]
}

/**
 * Without the tasks in networks this host is not in: a packet for one of those takes the way of all others, out of the cluster, to
 * whoever has that address there. Their places are kept, so that they can be added without a reload.
 */
export const leaveApart = (table: RouteTable, networks: readonly string[]): Reached => {
  const own = listOf(networks)
  const isNear = ({ address }: Endpoint): boolean => own.check(address, familyOf(address))
  const apart = table.environments.filter(({ endpoints }) => !Object.values(endpoints).flat().every(isNear))
  const leave = (environment: RoutedEnvironment): RoutedEnvironment => ({
    ...environment,
    endpoints: mapValues(environment.endpoints, (tasks) => tasks.filter(isNear)),
    mostTasks: {
      ...environment.mostTasks,
      ...mapValues(environment.endpoints, (tasks, service) =>
        countPlaces(tasks.length, environment.mostTasks?.[service]),
      ),
    },
  })
  const environments = table.environments.map((each) => (apart.includes(each) ? leave(each) : each))
  return { table: { ...table, environments }, apart: apart.map(({ app, environment }) => ({ app, environment })) }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4')

const listOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/')
    list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return list
}

const mapValues = <A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A, key: string) => B,
): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))

/** Which tasks may be asked. */
export interface Reach {
  /** The table without those whose network the ingress is not in. */
  readonly cut: (table: RouteTable) => RouteTable
  /** Some were left out. */
  readonly isWaiting: () => boolean
  /** Networks are others than when it was asked last. */
  readonly isStale: () => boolean
}

export const everything: Pick<Reach, 'cut'> = { cut: (table) => table }

/** `say`: environments that wait for a network, whenever these are others. */
export const createReach = (
  readNetworks: () => readonly string[],
  say: (waiting: readonly string[]) => void,
): Reach => {
  let networks: readonly string[] = []
  let waiting: readonly string[] = []
  return {
    cut: (table) => {
      networks = readNetworks()
      const { table: near, apart } = leaveApart(table, networks)
      const names = apart.map(nameEnvironment)
      if (!isDeepStrictEqual(names, waiting)) say(names)
      waiting = names
      return near
    },
    isWaiting: () => waiting.length > 0,
    isStale: () => !isDeepStrictEqual(readNetworks(), networks),
  }
}

/**
 * Until every task of a table may be asked, or the time is over. Whoever comes to a node that listens and cannot ask anybody is
 * answered 503; who finds nobody there goes on to the next node.
 */
export const untilNear = async (
  table: RouteTable,
  { readNetworks, nearMs }: { readonly readNetworks: () => readonly string[]; readonly nearMs: number },
): Promise<void> => {
  const deadline = performance.now() + nearMs
  while (leaveApart(table, readNetworks()).apart.length > 0 && performance.now() < deadline) await delay(lookSoonMs)
}

/** So often networks are looked at, and while tasks wait for one of them. */
const [lookEveryMs, lookSoonMs] = [1_000, 100]

/** Calls a function, that never rejects, whenever networks were joined or left, until the signal comes. */
export const followNetworks = async (reach: Reach, again: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const restMs = reach.isWaiting() ? lookSoonMs : lookEveryMs
    await delay(restMs, undefined, { signal, ref: false }).catch(() => undefined)
    if (!signal.aborted && reach.isStale()) await again()
  }
}
