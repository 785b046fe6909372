import type { Service } from '@atoll/spec'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { filesReply, networksReply } from './replies.ts'
import type { FileReply, NetworkReply } from './replies.ts'
import type { EngineIds } from './translate.ts'

export interface IdQuery {
  readonly service: Service
  readonly app: string
  /** As ApplyContext says. */
  readonly sharedNetworks?: readonly string[] | undefined
}

/**
 * Ids of what a service of this app refers to by name. EngineError `not-found` names what is missing, `refused` what another
 * app keeps for itself.
 */
export const findIds = async (
  api: Api,
  { service, app, sharedNetworks }: IdQuery,
  signal: AbortSignal,
): Promise<EngineIds> => {
  const [networks, configs, secrets] = await Promise.all([
    findNetworkIds(api, { names: namesOf(service.networks), app, sharedNetworks }, signal),
    findFileIds(api, { kind: 'config', names: namesOf(service.configs), app }, signal),
    findFileIds(api, { kind: 'secret', names: namesOf(service.secrets), app }, signal),
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

interface NetworkQuery extends Pick<IdQuery, 'app' | 'sharedNetworks'> {
  readonly names: readonly string[]
}

const findNetworkIds = async (
  api: Api,
  { names, app, sharedNetworks }: NetworkQuery,
  signal: AbortSignal,
): Promise<Ids> => {
  const filters = { name: names, scope: ['swarm'] }
  if (names.length === 0) return {}
  const found = await api.json({ method: 'GET', path: '/networks', query: { filters } }, networksReply, signal)
  const meant = found.filter(({ Name }) => names.includes(Name) && sharedNetworks?.includes(Name) === false)
  for (const network of meant) refuseOthersNetwork(network, app)
  const ids = Object.fromEntries(found.map(({ Name, Id }) => [Name, Id]))
  return Object.fromEntries(names.flatMap((name) => pair(name, ids[name] ?? predefined[name])))
}

/** Who may deploy one app could else speak to everything in the network of another, by calling it external. */
const refuseOthersNetwork = ({ Name, Labels }: NetworkReply, app: string): void => {
  const owner = Labels['atoll.app']
  if (owner === undefined || owner === app) return
  throw new EngineError(
    'refused',
    `join network ${Name}: it is app ${owner}'s; an owner allows it with "atoll allow ${app} --network ${Name}"`,
  )
}

interface FileQuery {
  readonly kind: 'config' | 'secret'
  readonly names: readonly string[]
  readonly app: string
}

const findFileIds = async (api: Api, { kind, names, app }: FileQuery, signal: AbortSignal): Promise<Ids> => {
  if (names.length === 0) return {}
  const query = { filters: { name: names } }
  const found = await api.json({ method: 'GET', path: `/${kind}s`, query }, filesReply, signal)
  const meant = found.filter(({ Spec }) => names.includes(Spec.Name))
  for (const { Spec } of meant) refuseOthers(Spec, { kind, app })
  const ids = Object.fromEntries(meant.map(({ ID, Spec }) => [Spec.Name, ID]))
  return Object.fromEntries(names.flatMap((name) => pair(name, ids[name])))
}

/** Who may deploy one app could else read the secrets of every other, by calling them external. */
const refuseOthers = (
  { Name, Labels }: FileReply['Spec'],
  { kind, app }: { readonly kind: string; readonly app: string },
): void => {
  const owner = Labels['atoll.app']
  if (owner === undefined || owner === app) return
  throw new EngineError(
    'refused',
    `mount ${kind} ${Name}: it is app ${owner}'s; create one by hand for both, or give ${app} its own`,
  )
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
