import { describeRoute, engineName } from '@atoll/spec'
import type { App, FileReference, Route, Service, StoredFile } from '@atoll/spec'
import { isSameJson } from '../ledger/ledger.ts'
import type { Release } from '../records.ts'
import type { CanaryService } from './records.ts'

/** Parts of a route's requests are counted in thousandths. */
const allParts = 1_000

type DerivedCanary =
  | { readonly kind: 'canary'; readonly app: App; readonly services: readonly CanaryService[] }
  /** Each with its reason: `web: has the volume data, which two versions would write`. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }

interface Versions {
  readonly current: Release
  readonly next: App
  readonly share: number
  /** Goes on though new code runs before its jobs have. */
  readonly acceptsWarnings: boolean
}

/**
 * The present release as it is, and beside each service with routes that is another in the next one a few tasks of that, which
 * get their share of its routes. What else differs comes with the next release itself.
 */
export const deriveCanary = ({ current, next, share, acceptsWarnings }: Versions): DerivedCanary => {
  const present = current.app
  const pairs = findPairs(present, next)
  const reasons = [
    ...pairs.flatMap(({ old, changed }) => findReasons(present, { old, changed, next })),
    ...(acceptsWarnings ? [] : findChangedJobs(present, next)),
  ]
  if (reasons.length > 0) return { kind: 'refused', reasons }
  if (pairs.length === 0) return { kind: 'refused', reasons: ['no service that routes lead to is another one'] }
  const taken = new Set([...present.services, ...next.services].map(({ name }) => name))
  const services = pairs.map(({ old: { name } }) => ({ service: name, canary: freeName(`${name}-canary`, taken) }))
  const names = new Map(services.map(({ service, canary }) => [service, canary]))
  const files = renameFiles(present, next)
  const added = pairs.map(({ changed }) =>
    toCanary(changed, { app: present, share, files, name: names.get(changed.name) ?? '' }),
  )
  return { kind: 'canary', services, app: assemble({ present, next, files, added, names, share }) }
}

interface Pair {
  readonly old: Service
  readonly changed: Service
}

/** How many there are is no other version. */
const findPairs = ({ services, routes = [] }: App, next: App): readonly Pair[] =>
  services.flatMap((old) => {
    const changed = next.services.find(({ name }) => name === old.name)
    const isRouted = routes.some(({ targets }) => targets.some(({ service }) => service === old.name))
    return changed === undefined || !isRouted || isSameVersion(old, changed) ? [] : [{ old, changed }]
  })

const isSameVersion = (old: Service, changed: Service): boolean =>
  old.mode.kind === changed.mode.kind && isSameJson({ ...old, mode: changed.mode }, changed)

const findReasons = (present: App, { old, changed, next }: Pair & { readonly next: App }): readonly string[] => {
  const { name } = old
  const mounts = changed.mounts.flatMap((mount) => {
    if (mount.kind === 'volume') return [`${name}: has the volume ${mount.volume}, which two versions would share`]
    return mount.kind === 'bind' && !mount.isReadOnly
      ? [`${name}: writes to ${mount.source} of its node, which two versions would share`]
      : []
  })
  const networks = changed.networks.filter((one) => isAnotherNetwork(present, next, one.network))
  return [
    ...mounts,
    ...(changed.ports.length > 0 ? [`${name}: publishes ports, which its routes do not divide`] : []),
    ...[old, changed].flatMap(({ mode }) => findReasonOfMode(name, mode)).slice(0, 1),
    ...networks.map(({ network }) => `${name}: its network ${network} is another one`),
    ...(present.routes ?? []).flatMap((route) => findReasonOfRoute(name, route)),
  ]
}

const findReasonOfMode = (name: string, mode: Service['mode']): readonly string[] => {
  if (mode.kind !== 'replicated') return [`${name}: its mode is ${mode.kind}`]
  return mode.replicas === 0 ? [`${name}: is scaled to 0`] : []
}

const isAnotherNetwork = (present: App, next: App, name: string): boolean => {
  const [old, changed] = [present, next].map(({ networks }) => networks.find((each) => each.name === name))
  return old !== undefined && !isSameJson(old, changed)
}

const findReasonOfRoute = (name: string, route: Route): readonly string[] => {
  if (!route.targets.some(({ service }) => service === name)) return []
  const at = `${name}: its route ${describeRoute(route)}`
  if (route.kind !== 'http') return [`${at} is ${route.kind}, of which no answers are counted`]
  if (route.targets.length > 1) return [`${at} has weights already`]
  return route.sticky === undefined ? [] : [`${at} is sticky, and would keep visitors where they are`]
}

/** The new code would run before its migrations. */
const findChangedJobs = (present: App, next: App): readonly string[] => {
  const isJob = ({ mode }: Service): boolean => mode.kind === 'once' || mode.kind === 'once-per-node'
  return next.services
    .filter((job) => isJob(job) && !present.services.some((old) => isSameJson(old, job)))
    .map(({ name }) => `${name}: runs once in the new release, and the new tasks would run before it has`)
}

const freeName = (wanted: string, taken: Set<string>): string => {
  let name = wanted
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`
  taken.add(name)
  return name
}

/** Of both versions under one key, the new one gets another. By engine name, which says the content. */
type Files = ReadonlyMap<string, StoredFile>

const renameFiles = (present: App, next: App): { readonly [Kind in 'configs' | 'secrets']: Files } => {
  const rename = (kind: 'configs' | 'secrets'): Files => {
    const there = new Set(present[kind].map(({ engineName: known }) => known))
    const taken = new Set([...present[kind], ...next[kind]].map(({ name }) => name))
    const added = next[kind].filter(({ engineName: known }) => !there.has(known))
    return new Map(added.map((file) => [file.engineName, { ...file, name: freeName(`${file.name}-canary`, taken) }]))
  }
  return { configs: rename('configs'), secrets: rename('secrets') }
}

interface Beside {
  readonly app: App
  readonly name: string
  readonly share: number
  readonly files: ReturnType<typeof renameFiles>
}

/** Found by nobody under the name of the old one: only routes lead to it. What it depends on runs already. */
const toCanary = (service: Service, { app, name, share, files }: Beside): Service => {
  const refer = (references: readonly FileReference[], renamed: Files): readonly FileReference[] =>
    references.map((each) => ({ ...each, name: renamed.get(each.engineName)?.name ?? keyOf(app, each) }))
  const replicas = service.mode.kind === 'replicated' ? service.mode.replicas : 1
  return {
    ...service,
    name,
    engineName: engineName({ app: app.name, environment: app.environment }, name),
    mode: { kind: 'replicated', replicas: Math.max(1, Math.ceil(share * replicas)) },
    configs: refer(service.configs, files.configs),
    secrets: refer(service.secrets, files.secrets),
    networks: service.networks.map((each) => ({ ...each, aliases: [] })),
    dependsOn: [],
  }
}

/** A file of the same content may have had another key. */
const keyOf = ({ configs, secrets }: App, { name, engineName: known }: FileReference): string =>
  [...configs, ...secrets].find((file) => file.engineName === known)?.name ?? name

interface Parts {
  readonly present: App
  readonly next: App
  readonly files: ReturnType<typeof renameFiles>
  readonly added: readonly Service[]
  readonly names: ReadonlyMap<string, string>
  readonly share: number
}

/** Secrets of the next release that the canary itself does not need come along: now their values are known. */
const assemble = ({ present, next, files, added, names, share }: Parts): App => {
  const wanted = new Set(added.flatMap(({ networks }) => networks.map(({ network }) => network)))
  const known = new Set(present.networks.map(({ name }) => name))
  return {
    ...present,
    services: sortByName([...present.services, ...added]),
    networks: sortByName([
      ...present.networks,
      ...next.networks.filter(({ name }) => wanted.has(name) && !known.has(name)),
    ]),
    configs: sortByName([...present.configs, ...files.configs.values()]),
    secrets: sortByName([...present.secrets, ...files.secrets.values()]),
    routes: (present.routes ?? []).map((route) => divide(route, { next, names, share })),
  }
}

const divide = (route: Route, { next, names, share }: Pick<Parts, 'next' | 'names' | 'share'>): Route => {
  const [target] = route.targets
  const service = target && names.get(target.service)
  if (target === undefined || service === undefined) return route
  const same = next.routes?.find((each) => describeRoute(each) === describeRoute(route))
  const port = same?.targets.find((each) => each.service === target.service)?.port ?? target.port
  const weight = Math.min(allParts - 1, Math.max(1, Math.round(share * allParts)))
  return {
    ...route,
    targets: [
      { ...target, weight: allParts - weight },
      { service, port, weight },
    ],
  }
}

const sortByName = <T extends { readonly name: string }>(items: readonly T[]): readonly T[] =>
  items.toSorted((a, b) => (a.name < b.name ? -1 : 1))
