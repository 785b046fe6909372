import * as fc from 'fast-check'
import type { App, Dependency, Service } from '@atoll/spec'
import { createApp, createFile, createService, createVolumeMount, engineName } from './fixtures.ts'

/** Apps for property tests: small, and full of what makes plans go wrong. Test data only. */

const serviceNames = ['api', 'db', 'jobs', 'queue', 'web']

const modes = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('replicated' as const), replicas: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'global' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'once' as const, completions: 1, concurrency: 1 }) },
)

const policies = fc.record({
  parallelism: fc.integer({ min: 0, max: 2 }),
  delayMs: fc.constantFrom(0, 300),
  monitorMs: fc.constantFrom(0, 1_000),
  maxFailureRatio: fc.constant(0),
  order: fc.constantFrom('start-first' as const, 'stop-first' as const),
  failureAction: fc.constant('pause' as const),
})

/** Waits only for services that stand before it, as a compose file without cycles allows. */
const dependencies = (index: number): fc.Arbitrary<readonly Dependency[]> =>
  fc.subarray(serviceNames.slice(0, index)).chain((names) =>
    fc.tuple(
      ...names.map((service) =>
        fc.record({
          service: fc.constant(service),
          condition: fc.constantFrom('started' as const, 'healthy' as const),
          isRequired: fc.constant(true),
          restarts: fc.boolean(),
        }),
      ),
    ),
  )

const references = (names: readonly string[], content: string) =>
  names.map((name) => ({
    name,
    engineName: createFile(name, content).engineName,
    target: `/${name}`,
    uid: '0',
    gid: '0',
    mode: 0o444,
  }))

interface Draft {
  readonly version: number
  readonly content: string
  readonly mode: Service['mode']
  readonly update: Service['update']
  readonly dependsOn: readonly Dependency[]
  readonly networks: readonly string[]
  readonly files: readonly string[]
  readonly hasVolume: boolean
  readonly generation: number
  readonly level: string
}

const draftFields = (index: number): { [K in keyof Draft]: fc.Arbitrary<Draft[K]> } => ({
  version: fc.integer({ min: 1, max: 3 }),
  content: fc.constantFrom('a', 'b'),
  mode: modes,
  update: policies,
  dependsOn: dependencies(index),
  networks: fc.subarray(['back', 'front']),
  files: fc.subarray(['settings']),
  hasVolume: fc.boolean(),
  generation: fc.integer({ min: 0, max: 1 }),
  level: fc.constantFrom('debug', 'info'),
})

const finish = (name: string, draft: Draft): Service => {
  const keepsData = draft.hasVolume && draft.mode.kind === 'replicated' && draft.mode.replicas <= 1
  return createService(name, {
    image: `${name}:${draft.version}`,
    environment: { LOG_LEVEL: draft.level },
    mode: draft.mode,
    update: keepsData ? { ...draft.update, order: 'stop-first' } : draft.update,
    dependsOn: draft.dependsOn,
    networks: draft.networks.map((network) => ({
      network,
      engineName: engineName(network),
      aliases: [],
      driverOptions: {},
    })),
    configs: references(draft.files, draft.content),
    mounts: keepsData ? [createVolumeMount('data')] : [],
    generation: draft.generation,
  })
}

const draftKeys = [
  'version',
  'content',
  'mode',
  'update',
  'dependsOn',
  'networks',
  'files',
  'hasVolume',
  'generation',
  'level',
] as const

const takeFields = (keys: readonly (keyof Draft)[], draft: Draft): Partial<Draft> =>
  Object.fromEntries(keys.map((key) => [key, draft[key]]))

/** A service before and after: absent, the same, or another in a field or two. */
const evolvingService = (
  name: string,
  index: number,
): fc.Arbitrary<readonly [Service | undefined, Service | undefined]> =>
  fc
    .tuple(
      fc.record(draftFields(index)),
      fc.record(draftFields(index)),
      fc.subarray([...draftKeys], { maxLength: 2 }),
      fc.constantFrom('never', 'both', 'both', 'both', 'before', 'after'),
    )
    .map(([draft, other, keys, presence]) => [
      presence === 'both' || presence === 'before' ? finish(name, draft) : undefined,
      presence === 'both' || presence === 'after' ? finish(name, { ...draft, ...takeFields(keys, other) }) : undefined,
    ])

const gather = (services: readonly (Service | undefined)[]): App => {
  const present = services.flatMap((service) => service ?? [])
  const files = present.flatMap((service) => service.configs)
  const names = new Map(files.map((file): [string, string] => [file.engineName, file.name]))
  const configs = [...names].map(([name, key]) => ({ name: key, engineName: name, isExternal: false, labels: {} }))
  return withSummary(createApp(present, { configs }))
}

/** An app of at most five services, and what becomes of it; what they refer to is in it. */
export const evolutions: fc.Arbitrary<readonly [before: App, after: App]> = fc
  .tuple(...serviceNames.map(evolvingService))
  .map((pairs) => [gather(pairs.map(([before]) => before)), gather(pairs.map(([, after]) => after))])

/** A counterexample one can read: what makes the app special, instead of every default. */
const withSummary = (app: App): App =>
  Object.defineProperty(app, fc.toStringMethod, { value: () => `App(${app.services.map(summarize).join('; ')})` })

const summarize = ({
  name,
  image,
  mode,
  update,
  dependsOn,
  networks,
  configs,
  mounts,
  environment,
  generation,
}: Service): string =>
  [
    `${name}: ${image} ${mode.kind}${mode.kind === 'replicated' ? ` x${mode.replicas}` : ''} ${update.order}/${update.parallelism}`,
    ...dependsOn.map(
      ({ service, condition, restarts }) => `after ${service} ${condition}${restarts ? ' restarts' : ''}`,
    ),
    ...networks.map(({ network }) => `on ${network}`),
    ...configs.map((file) => `reads ${file.engineName}`),
    ...mounts.map(({ target }) => `mounts ${target}`),
    ...Object.values(environment),
    ...(generation === 0 ? [] : [`generation ${generation}`]),
  ].join(', ')
