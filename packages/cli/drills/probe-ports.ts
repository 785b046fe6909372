import { get } from 'node:http'
import type { ObservedNode, Occupancy, PlacedService } from '@atoll/plan'

/** A published port of a service, and where it may answer while a node is away. */
export interface Target {
  readonly service: string
  readonly port: number
  /** Of the other nodes: tasks that move start there. */
  readonly addresses: readonly string[]
  /** Those and the node that is drilled. */
  readonly before: readonly string[]
}

/** Resolves to whether anybody answers at an address and port, within a second. */
export type Ask = (address: string, port: number) => Promise<boolean>

const answerMs = 1_000

/** Ports that services publish on nodes by TCP, of what has tasks now. Pure. */
export const listTargets = ({ nodes, services }: Occupancy, drilledId: string): readonly Target[] => {
  const ready = nodes.filter(({ state, availability }) => state === 'ready' && availability === 'active')
  const addressesOf = (some: readonly ObservedNode[]): readonly string[] => some.map(({ address }) => address)
  return services
    .filter(({ tasks }) => tasks.some(({ isRunning }) => isRunning))
    .flatMap((service) =>
      service.rules.nodePorts
        .filter((port) => port.endsWith('/tcp'))
        .map((port) => ({
          service: nameOf(service),
          port: Number.parseInt(port, 10),
          addresses: addressesOf(ready.filter(({ id }) => id !== drilledId)),
          before: addressesOf(ready),
        })),
    )
}

const nameOf = ({ ref, name }: PlacedService): string =>
  ref === undefined ? name : `${ref.app}/${ref.environment} ${name}`

/** A GET that gets an answer of any kind counts, and so does one that is taken by somebody who does not speak HTTP and hangs up. */
export const askPort: Ask = (host, port) =>
  new Promise((resolve) => {
    const asked = get({ host, port, path: '/', timeout: answerMs, agent: false }, (reply) => {
      reply.resume()
      resolve(true)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code?.startsWith('HPE_') === true))
  })
