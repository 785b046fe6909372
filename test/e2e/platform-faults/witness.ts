import { setTimeout as wait } from 'node:timers/promises'
import { openSwarmEngine } from '@atoll/engine/swarm'
import { createSwarmDocuments } from '@atoll/store/swarm'
import { checkHistory, keptRevisionsOf, recordHistory, type Operation, type Violation } from '@atoll/store/testing'
import type { Platform } from '../platform/open-platform.ts'
import { openAllowances, readAllowances } from './api-documents.ts'
import type { Controls } from './connect.ts'

const collection = 'allowance'
const documents = ['quay', 'mole', 'jetty'] as const
const clientsPerControl = 2
/** A control that waits for an election answers within it. */
const answerMs = 35_000
const pauseMs = 300

export interface Witness {
  /** What was invoked and acknowledged until now. */
  readonly operations: () => readonly Operation[]
  /** Ends the clients, reads the documents where they are kept, and judges. */
  readonly judge: () => Promise<readonly Violation[]>
}

/** Clients that read and write a few documents through every control, whatever happens to the cluster meanwhile. */
export function openWitness({ lab }: Platform, controls: Controls): Witness {
  const stop = new AbortController()
  const managers = lab.nodes.filter(({ isManager }) => isManager)
  const clients = managers.flatMap(({ name, address }) =>
    Array.from({ length: clientsPerControl }, (_, index) => ({
      name: `${name}.${index}`,
      client: controls.at(address),
    })),
  )
  const engine = openSwarmEngine({
    endpoints: managers.map(({ socket }) => ({ kind: 'unix', path: socket, name: socket })),
    variables: {},
    now: () => Date.now(),
  })
  const kept = readAllowances(createSwarmDocuments({ api: engine.configs, clock: { now: () => Date.now() } }))
  const byClient = new Map(clients.map(({ name, client }) => [name, openAllowances(client)]))
  const recorder = recordHistory((client) => byClient.get(client) ?? kept, collection)
  const work = clients.map(async ({ name }, index) => {
    for (let round = index; !stop.signal.aborted; round += 1) {
      const id = documents[round % documents.length] ?? documents[0]
      const expected = await recorder.find(name, id, AbortSignal.timeout(answerMs))
      if (expected !== undefined) await recorder.put(name, { id, expected }, AbortSignal.timeout(answerMs))
      await wait(pauseMs)
    }
  })
  return {
    operations: () => recorder.operations,
    judge: async () => {
      stop.abort()
      await Promise.all(work)
      for (const id of documents) await recorder.history('judge', id, AbortSignal.timeout(answerMs))
      await engine[Symbol.asyncDispose]()
      return checkHistory(recorder.operations, keptRevisionsOf(collection))
    },
  }
}

/** How often a witness was told that a write stands, and not. */
export const countOutcomes = (operations: readonly Operation[]): string => {
  const puts = operations.filter(({ kind }) => kind === 'put')
  const counted = ['acknowledged', 'refused', 'unknown'].map(
    (outcome) => `${puts.filter((put) => put.kind === 'put' && put.outcome === outcome).length} ${outcome}`,
  )
  return `${counted.join(', ')}, ${operations.length - puts.length} reads`
}
