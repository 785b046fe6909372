import { afterAll, beforeAll } from 'vitest'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import { engineContract } from '../engine.contract.ts'
import type { ContractOutsider } from '../engine.contract.ts'
import { openCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { resolveEndpoints } from './index.ts'
import type { SwarmEngine } from './index.ts'
import { openLabEngine } from './lab-engine.ts'
import { serviceReply, servicesReply } from './replies.ts'

let lab: TestLab
let engine: SwarmEngine
let outside: Cluster

beforeAll(async () => {
  // Managers that lost each other in other tests find each other late, and here the lead is handed on.
  lab = await openTestLab({ name: 'contract', nodes: 3 })
  engine = await openLabEngine(lab)
  const endpoints = await resolveEndpoints({ engines: [`unix://${lab.nodes[0]?.socket}`], variables: {} })
  outside = openCluster(endpoints, { patienceMs: 0, now: Date.now })
})

afterAll(async () => {
  await outside?.[Symbol.asyncDispose]()
  await engine?.[Symbol.asyncDispose]()
  await lab?.down()
})

/** Somebody with a docker client of their own. */
const createOutsider = (signal: AbortSignal): ContractOutsider => {
  const get = (name: string) => outside.json({ method: 'GET', path: `/services/${name}` }, serviceReply, signal)
  return {
    createService: async (Name) => {
      const ContainerSpec = { Image: lab.images.base, Args: ['sleep', 'infinity'] }
      const body = { Name, TaskTemplate: { ContainerSpec }, EndpointSpec: { Mode: 'dnsrr' } }
      await outside.send({ method: 'POST', path: '/services/create', body }, signal)
    },
    setVariable: async (name, { key, value }) => {
      const { ID, Version, Spec } = await get(name)
      const container = Spec.TaskTemplate.ContainerSpec
      const others = ((container?.['Env'] ?? []) as readonly string[]).filter((line) => !line.startsWith(`${key}=`))
      const ContainerSpec = { ...container, Env: [...others, `${key}=${value}`] }
      const body = { ...Spec, TaskTemplate: { ...Spec.TaskTemplate, ContainerSpec } }
      const query = { version: Version.Index }
      await outside.send({ method: 'POST', path: `/services/${ID}/update`, query, body }, signal)
    },
    hasService: async (name) => {
      const query = { filters: { name: [name] } }
      const found = await outside.json({ method: 'GET', path: '/services', query }, servicesReply, signal)
      return found.some(({ Spec }) => Spec.Name === name)
    },
    removeService: (name) => outside.send({ method: 'DELETE', path: `/services/${name}` }, signal),
  }
}

engineContract('swarm', async () => ({
  engine,
  image: lab.images.base,
  missingImage: `${lab.registry}/lab/base:such-a-tag-there-is-not`,
  outsider: createOutsider(AbortSignal.timeout(1_800_000)),
}))
