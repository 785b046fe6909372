import * as fc from 'fast-check'
import { z } from 'zod'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import { eligibleNodes, whatIf } from '@atoll/plan'
import type { Observed, ObservedNode, ObservedService, Occupancy } from '@atoll/plan'
import { serviceDrafts } from '@atoll/plan/what-if/arbitraries'
import { openCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { resolveEndpoints } from './index.ts'
import type { SwarmEngine } from './index.ts'
import { createLabService, openLabEngine } from './lab-engine.ts'
import { tasksReply } from './replies.ts'

/** What is foreseen beside what the real Swarm then does, for services by chance. */

const cases = 6
const seed = Math.floor(Math.random() * 2 ** 31)
const ref = { app: 'foresee', environment: 'test' }
const context = { ref, release: 1, secrets: {} }
const soon = (): AbortSignal => AbortSignal.timeout(150_000)

let lab: TestLab
let engine: SwarmEngine
let outside: Cluster

beforeAll(async () => {
  lab = await openTestLab({ name: 'what-if', nodes: 4, zones: 2 })
  engine = await openLabEngine(lab)
  const endpoints = await resolveEndpoints({ engines: [`unix://${lab.nodes[0]?.socket}`], variables: {} })
  outside = openCluster(endpoints, { patienceMs: 20_000, now: Date.now })
})

afterEach(async () => {
  for (const { id, engineName } of (await engine.observe(ref, soon())).services)
    await engine.apply({ kind: 'remove-service', id, engineName }, context, soon())
  for (const { id } of await engine.nodes(soon())) await setAvailability(id, 'active')
  const listTasks = () => outside.json({ method: 'GET', path: '/tasks' }, tasksReply, soon())
  await expect.poll(listTasks, { timeout: 150_000, interval: 100 }).toEqual([])
})

afterAll(async () => {
  await outside?.[Symbol.asyncDispose]()
  await engine?.[Symbol.asyncDispose]()
  await lab?.down()
})

const nodeSpecReply = z.object({
  Version: z.object({ Index: z.number() }),
  Spec: z.looseObject({ Availability: z.string() }),
})

const setAvailability = async (id: string, Availability: 'active' | 'drain'): Promise<void> => {
  const { Version, Spec } = await outside.json({ method: 'GET', path: `/nodes/${id}` }, nodeSpecReply, soon())
  if (Spec.Availability === Availability) return
  const query = { version: Version.Index }
  await outside.send({ method: 'POST', path: `/nodes/${id}/update`, query, body: { ...Spec, Availability } }, soon())
}

/** Watches until the scheduler has had its say on every task there should be, and all that found a node run. */
const settle = async (): Promise<Observed> => {
  for await (const _event of engine.watch(ref, AbortSignal.timeout(150_000))) {
    const observed = await engine.observe(ref, soon())
    if (observed.services.every((service) => isSettled(service, observed.nodes))) return observed
  }
  throw new Error('the services did not settle')
}

const isSettled = ({ definition, tasks }: ObservedService, nodes: readonly ObservedNode[]): boolean => {
  if (definition === undefined) return false
  const { mode } = definition
  const wanted = tasks.filter(({ desired }) => desired === 'running' || desired === 'ready')
  const drained = new Set(nodes.filter(({ availability }) => availability === 'drain').map(({ id }) => id))
  const isThere = wanted.every(
    ({ state, desired, nodeId = '', error = '' }) =>
      (state === 'running' && desired === 'running' && !drained.has(nodeId)) || (state === 'pending' && error !== ''),
  )
  return (
    isThere && (mode.kind === 'replicated' ? wanted.length === mode.replicas : countsNodes(definition, wanted, nodes))
  )
}

/** A global service has a task, running or waiting, on each node its constraints allow. */
const countsNodes = (
  definition: NonNullable<ObservedService['definition']>,
  wanted: readonly unknown[],
  nodes: readonly ObservedNode[],
): boolean => {
  const free = { ...definition, resources: { ...definition.resources, reservations: {} } }
  return wanted.length === eligibleNodes(free, nodes).length
}

const countRunning = ({ services }: Observed): Readonly<Record<string, number>> =>
  Object.fromEntries(
    services.map(({ engineName, tasks }) => [
      engineName,
      tasks.filter(({ state, desired }) => state === 'running' && desired === 'running').length,
    ]),
  )

const permute = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length <= 1
    ? [items]
    : items.flatMap((item, at) => permute(items.toSpliced(at, 1)).map((rest) => [item, ...rest]))

/**
 * Every outcome the model allows: Swarm has no order for services that wait for a node at the same time, nor for nodes that are
 * equally good.
 */
const foresee = (occupancy: Occupancy, lostId: string): readonly Readonly<Record<string, number>>[] => {
  const own = occupancy.services.filter(({ ref: owner }) => owner?.app === ref.app)
  const names = own.map(({ engineName }) => engineName)
  const outcomes = permute(occupancy.nodes).flatMap((nodes) =>
    permute(names).map((order) => {
      const { services } = whatIf({ ...occupancy, nodes }, [lostId], { order })
      const after = own.map(({ name, engineName, tasks }) => {
        const loss = services.find(({ service }) => service === name)
        return [engineName, loss?.after ?? tasks.filter(({ isWanted }) => isWanted).length]
      })
      return JSON.stringify(Object.fromEntries(after))
    }),
  )
  return [...new Set(outcomes)].map((text) => JSON.parse(text) as Record<string, number>)
}

describe(`what is foreseen is what Swarm does (seed ${seed})`, () => {
  it.each(Array.from({ length: cases }, (_, index) => index))('case %i', { timeout: 400_000 }, async (index) => {
    const nodes = await engine.nodes(soon())
    const draft = fc.record({ services: serviceDrafts(nodes, 4), lost: fc.constantFrom(...nodes) })
    const [chosen] = fc.sample(draft, { numRuns: 1, seed: seed + index })
    if (chosen === undefined) throw new Error('nothing was drawn')
    for (const [name, change] of chosen.services) {
      const service = createLabService(lab, { ref, name }, { ...change, restart: { condition: 'any', delayMs: 100 } })
      await engine.apply({ kind: 'create-service', service }, context, soon())
    }
    const before = await settle()
    const possible = foresee(await engine.occupancy(soon()), chosen.lost.id)
    await setAvailability(chosen.lost.id, 'drain')
    const after = await settle()
    const about = `seed ${seed}, case ${index}: ${JSON.stringify(chosen.services)} before ${JSON.stringify(countRunning(before))}, without ${chosen.lost.name}`
    expect(possible, about).toContainEqual(countRunning(after))
  })
})
