import type { Service } from '@atoll/spec'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { filesReply, networksReply } from './replies.ts'
import type { FileReply } from './replies.ts'
import type { EngineIds } from './translate.ts'

/**
 * Ids of what a service of this app refers to by name. EngineError `not-found` names what is missing, `refused` what another
 * app keeps for itself.
 */
export const findIds = async (
  api: Api,
  { service, app }: { readonly service: Service; readonly app: string },
  signal: AbortSignal,
): Promise<EngineIds> => {
  const [networks, configs, secrets] = await Promise.all([
    findNetworkIds(api, namesOf(service.networks), signal),
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

const findNetworkIds = async (api: Api, names: readonly string[], signal: AbortSignal): Promise<Ids> => {
  const filters = { name: names, scope: ['swarm'] }
  if (names.length === 0) return {}
  const found = await api.json({ method: 'GET', path: '/networks', query: { filters } }, networksReply, signal)
  const ids = Object.fromEntries(found.map(({ Name, Id }) => [Name, Id]))
  return Object.fromEntries(names.flatMap((name) => pair(name, ids[name] ?? predefined[name])))
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
