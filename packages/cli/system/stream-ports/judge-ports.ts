import { streamsService } from '@atoll/deploy'
import type { Occupancy } from '@atoll/plan'
import { describeRoute, streamPortOf } from '@atoll/spec'
import type { App } from '@atoll/spec'
import { systemRef } from '../system-app.ts'

/** Why a port cannot be opened, or closed. */
export interface PortTrouble {
  readonly port: number
  /** Goes after its number: `is that of ssh`. */
  readonly why: string
}

export interface PortChange {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** What is in the cluster: what holds ports of the nodes, and the apps whose release is current or on its way. */
export interface Seen {
  readonly occupancy: Pick<Occupancy, 'services'>
  readonly apps: readonly App[]
}

/** Ports that no node has to spare, and why. */
const reserved: ReadonlyMap<number, string> = new Map([
  [22, 'is that of ssh'],
  [80, 'is that of requests'],
  [443, 'is that of requests; routes of tls have it without'],
  [2377, "is the Swarm's"],
  [4789, "is the Swarm's"],
  [7946, "is the Swarm's"],
  [8443, "is that of Atoll's API"],
])

/** Each reason once, in the order of ports; none when it may be done. */
export const judgePorts = ({ before, after }: PortChange, { occupancy, apps }: Seen): readonly PortTrouble[] => {
  const opened = after.filter((port) => !before.includes(port))
  const closed = before.filter((port) => !after.includes(port))
  return [
    ...opened.flatMap((port) =>
      [reserved.get(port) ?? findHolder(port, { occupancy, apps }) ?? []].flat().map((why) => ({ port, why })),
    ),
    ...closed.flatMap((port) => listNeeding(port, apps).map((why) => ({ port, why }))),
  ].toSorted((a, b) => a.port - b.port)
}

/** On a node itself, or by the mesh on every node. */
const findHolder = (port: number, { occupancy, apps }: Seen): string | undefined => {
  const onNode = occupancy.services.find(
    ({ ref, name, rules }) => !isStreams(ref, name) && rules.nodePorts.includes(`${port}/tcp`),
  )
  if (onNode !== undefined) {
    return `is published by ${onNode.ref === undefined ? onNode.engineName : `${onNode.name} of ${nameOf(onNode.ref)}`}`
  }
  for (const { name: app, environment, services } of apps) {
    const found = services.find(
      ({ name, ports }) =>
        !isStreams({ app, environment }, name) &&
        ports.some(({ published, protocol }) => published === port && protocol === 'tcp'),
    )
    if (found !== undefined) return `is published by ${found.name} of ${app}/${environment}`
  }
  return undefined
}

const isStreams = (ref: { readonly app: string; readonly environment: string } | undefined, service: string): boolean =>
  ref?.app === systemRef.app && ref.environment === systemRef.environment && service === streamsService

const nameOf = ({ app, environment }: { readonly app: string; readonly environment: string }): string =>
  `${app}/${environment}`

const listNeeding = (port: number, apps: readonly App[]): readonly string[] => [
  ...new Set(
    apps.flatMap(({ name: app, environment, routes = [] }) =>
      routes
        .filter((route) => streamPortOf(route) === port)
        .map((route) => `is needed by the route ${describeRoute(route)} of ${route.service} in ${app}/${environment}`),
    ),
  ),
]
