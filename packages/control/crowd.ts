import { createAuthority, issueCertificate } from '@atoll/authority'
import { deploy } from '@atoll/deploy'
import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import type { Document } from '@atoll/store'
import { readUpload } from './read-upload.ts'
import { addPerson, openTestControl, uploadOf } from './test-control.ts'
import type { TestControl } from './test-control.ts'

export interface Crowd extends AsyncDisposable {
  readonly stage: Stage
  readonly control: TestControl
  /** Of an owner. */
  readonly token: string
  /** The only one that is trusted. */
  readonly authorityPem: string
  /** Of the control, for a server beside it. */
  readonly tls: { readonly key: string; readonly cert: string }
  readonly refs: readonly Ref[]
  readonly tasks: number
}

interface Ref {
  readonly app: string
  readonly environment: string
}

interface Size {
  readonly nodes: number
  readonly apps: number
  readonly services: number
  /** Of each service. */
  readonly replicas: number
}

const never = new AbortController().signal
const environment = 'test'
const first = 'app-zero'

/** A control over TLS, before a cluster in memory that is full of apps which run as they should. */
export const openCrowd = async (size: Size): Promise<Crowd> => {
  const stage = openStage({ nodes: size.nodes })
  const authority = await createAuthority({ name: 'bench', nowMs: Date.now() })
  const subject = { commonName: 'control', names: ['localhost'], addresses: ['127.0.0.1'] }
  const term = { use: 'server' as const, nowMs: Date.now(), lifeMs: 86_400_000 }
  const { keyPem, certificatePem } = await issueCertificate({ authority, ...subject, ...term })
  const tls = { key: keyPem, cert: certificatePem }
  const control = await openTestControl(stage, { tls })
  const names = await deployAll(stage, size)
  return {
    stage,
    control,
    token: await addPerson(control, { name: 'root', grants: [{ role: 'owner' }] }),
    authorityPem: authority.certificatePem,
    tls,
    refs: names.map((app) => ({ app, environment })),
    tasks: [...stage.engine.world.services.values()].reduce((sum, { tasks }) => sum + tasks.length, 0),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  }
}

/** The first is deployed; the others get what it left behind, under their own names, because to deploy them all would take minutes. */
const deployAll = async (stage: Stage, { apps, services, replicas }: Size): Promise<readonly string[]> => {
  const { app, secrets } = readUpload(uploadOf(render(services, replicas)), { app: first, environment })
  const options = { signal: never, onEvent: () => {} }
  await stage.settle(deploy(stage.createContext('bench'), { app, secrets, author: 'bench' }, options))
  const documents = await readDocuments(stage)
  const names = Array.from({ length: apps - 1 }, (_, index) => `app-${String(index).padStart(4, '0')}`)
  for (const name of names) await copyTo(stage, name, documents)
  return [first, ...names]
}

const render = (services: number, replicas: number): string => {
  const service = { image: 'web:1', environment: { MODE: 'bench' }, deploy: { replicas } }
  const entries = Array.from({ length: services }, (_, index) => [`service-${index}`, service])
  return JSON.stringify({ name: first, 'x-atoll': { drift: 'repair' }, services: Object.fromEntries(entries) })
}

const collections = ['environment', 'release', 'deployment'] as const

const readDocuments = async ({ documents }: Stage): Promise<readonly Document[]> =>
  (await Promise.all(collections.map((collection) => documents.list(collection, {}, never)))).flat()

/** The same with another name wherever the name of the first stands. */
const rename = <T>(value: T, name: string): T => renameAny(value, name) as T

const renameAny = (value: unknown, name: string): unknown => {
  if (typeof value === 'string') return value.replaceAll(first, name)
  if (Array.isArray(value)) return value.map((item) => renameAny(item, name))
  if (value instanceof Set) return new Set([...value].map((item) => renameAny(item, name)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [renameAny(key, name), renameAny(item, name)]))
}

const copyTo = async ({ engine, documents }: Stage, name: string, all: readonly Document[]): Promise<void> => {
  for (const { collection, id, value } of all) {
    await documents.put(collection, rename(id, name), { expected: 0, value: rename(value, name) }, never)
  }
  const { services, networks, nodes } = engine.world
  for (const [key, network] of [...networks].filter(([key]) => key.startsWith(first))) {
    networks.set(rename(key, name), { ...rename(network, name), id: `${network.id}-${name}` })
  }
  for (const [key, service] of [...services].filter(([key]) => key.startsWith(first))) {
    const copy = { ...rename(service, name), id: `${service.id}-${name}` }
    const tasks = copy.tasks.map((task) => ({ ...task, id: `${task.id}-${name}`, nodeId: nextNode(nodes) }))
    services.set(rename(key, name), { ...copy, tasks })
  }
}

let placed = 0

/** In turn, so that every node has as many. */
const nextNode = (nodes: readonly { readonly id: string }[]): string => nodes[(placed += 1) % nodes.length]?.id ?? ''
