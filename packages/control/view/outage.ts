import type { ObservedNode } from '@atoll/plan'
import { EngineError } from '@atoll/engine'
import { StoreError } from '@atoll/store'
import { connect } from 'node:net'
import { ControlError } from '../errors.ts'
import { limits } from './limits.ts'

/** Whether a manager answers at its address. */
export type Reach = (address: string, signal: AbortSignal) => Promise<boolean>

/** Where managers of a Swarm speak to each other. */
const managerPort = 2377

/** At this port of an address; tests have their own. */
export const reachAt =
  (port: number): Reach =>
  (address, signal) =>
    new Promise((resolve) => {
      const socket = connect({ host: address, port, signal })
      const end = (isThere: boolean): void => {
        socket.destroy()
        resolve(isThere)
      }
      socket.once('connect', () => end(true)).once('error', () => end(false))
    })

export const reachManager = reachAt(managerPort)

interface Outage {
  /** As they were last seen; undefined when they never were. */
  readonly nodes: readonly ObservedNode[] | undefined
  /** The node we are on. */
  readonly nodeId: string
  readonly reach: Reach
  readonly cause?: unknown
}

/** ControlError `no-quorum` that says who is there, who is missing, and the ways out. */
export const describeOutage = async (outage: Outage, signal: AbortSignal): Promise<ControlError> => {
  const { nodes = [], nodeId, reach, cause } = outage
  const managers = nodes.filter(({ isManager }) => isManager)
  const limited = AbortSignal.any([signal, AbortSignal.timeout(limits.reachMs)])
  const found = await Promise.all(
    managers.map(async ({ id, name, address }) => ({
      name,
      isThere: id === nodeId || (await reach(address, limited)),
    })),
  )
  const there = found.filter(({ isThere }) => isThere).map(({ name }) => name)
  const missing = found.filter(({ isThere }) => !isThere).map(({ name }) => name)
  return new ControlError('no-quorum', describe(managers.length, there), {
    status: 503,
    retry: true,
    hint: advise(managers.length, missing),
    ...(cause === undefined ? {} : { cause }),
  })
}

const describe = (count: number, there: readonly string[]): string => {
  const nothing = 'nothing can be changed: the managers have no leader'
  if (count === 0) return nothing
  const answering =
    there.length === 0 ? 'none answers' : `${there.join(', ')} ${there.length === 1 ? 'answers' : 'answer'}`
  return `${nothing}; ${answering}, and ${Math.floor(count / 2) + 1} of ${count} managers are needed`
}

/** Running tasks go on meanwhile; a new Swarm from one manager is for when the others are lost for good. */
const advise = (count: number, missing: readonly string[]): string => {
  if (count > 0 && missing.length === 0) return 'all managers answer: they elect; try again in a minute'
  const who = missing.length === 0 ? 'the managers that are down' : missing.join(' and ')
  return `start ${who} again; what runs goes on meanwhile. Lost for good? "atoll recover --engine ssh://root@HOST", with one manager that is left`
}

/** Whether an error means that there is no leader. */
export const isNoQuorum = (error: unknown): boolean =>
  (error instanceof EngineError || error instanceof StoreError) && error.code === 'no-quorum'
