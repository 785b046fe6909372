import type { Service } from '@atoll/spec'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { filesReply, networksReply } from './replies.ts'
import type { EngineIds } from './translate.ts'

/** Ids of what a service refers to by name; throws EngineError `not-found` that names what is missing. */
export const findIds = async (api: Api, service: Service, signal: AbortSignal): Promise<EngineIds> => {
  const [networks, configs, secrets] = await Promise.all([
    findNetworkIds(api, namesOf(service.networks), signal),
    findFileIds(api, { kind: 'config', names: namesOf(service.configs) }, signal),
    findFileIds(api, { kind: 'secret', names: namesOf(service.secrets) }, signal),
  ])
  refuseMissing(service, { kind: 'config', names: namesOf(service.configs), ids: configs })
  refuseMissing(service, { kind: 'secret', names: namesOf(service.secrets), ids: secrets })
  refuseMissing(service, { kind: 'network', names: namesOf(service.networks), ids: networks })
  return { networks, configs, secrets }
}

type Ids = Readonly<Record<string, string>>

const namesOf = (references: readonly { readonly engineName: string }[]): readonly string[] => [
  ...new Set(references.map(({ engineName }) => engineName)),
]

/** The engine's own networks stand under no id of the Swarm. */
const predefined: Ids = { host: 'host', bridge: 'bridge', none: 'none' }

const findNetworkIds = async (api: Api, names: readonly string[], signal: AbortSignal): Promise<Ids> => {
  const filters = { name: names, scope: ['swarm'] }
  if (names.length === 0) return {}
  const found = await api.json({ method: 'GET', path: '/networks', query: { filters } }, networksReply, signal)
  const ids = Object.fromEntries(found.map(({ Name, Id }) => [Name, Id]))
  return Object.fromEntries(names.flatMap((name) => pair(name, ids[name] ?? predefined[name])))
}

const findFileIds = async (
  api: Api,
  { kind, names }: { readonly kind: 'config' | 'secret'; readonly names: readonly string[] },
  signal: AbortSignal,
): Promise<Ids> => {
  if (names.length === 0) return {}
  const query = { filters: { name: names } }
  const found = await api.json({ method: 'GET', path: `/${kind}s`, query }, filesReply, signal)
  const ids = Object.fromEntries(found.map(({ ID, Spec }) => [Spec.Name, ID]))
  return Object.fromEntries(names.flatMap((name) => pair(name, ids[name])))
}

const pair = (name: string, id: string | undefined): readonly (readonly [string, string])[] =>
  id === undefined ? [] : [[name, id]]

const refuseMissing = (
  service: Service,
  { kind, names, ids }: { readonly kind: string; readonly names: readonly string[]; readonly ids: Ids },
): void => {
  const missing = names.find((name) => ids[name] === undefined)
  if (missing === undefined) return
  throw new EngineError(
    'not-found',
    `write service ${service.engineName}: there is no ${kind} ${missing}; create it, or plan again`,
  )
}
