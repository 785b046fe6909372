import { createApp, createNetwork, createRoute, createService, createVolumeMount } from '@atoll/plan/fixtures'
import type { App, Service, StoredFile } from '@atoll/spec'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Release } from '../records.ts'
import { deriveCanary } from './derive-canary.ts'

const routes = [createRoute('web', 'shop.example.org')]
const replicated = (replicas: number): Partial<Service> => ({ mode: { kind: 'replicated', replicas } })
const web = createService('web', replicated(3))
const next = (change: Partial<Service>): Service =>
  createService('web', { ...replicated(3), image: 'web:2', ...change })
const appOf = (...services: readonly Service[]): App => createApp(services, { routes })
const releaseOf = (app: App): Release => ({
  number: 6,
  app,
  createdAtMs: 0,
  author: 'ann',
  origin: { kind: 'deploy' },
})
const derive = (from: App, to: App, { share = 0.1, acceptsWarnings = false } = {}) =>
  deriveCanary({ current: releaseOf(from), next: to, share, acceptsWarnings })
const deriveGood = (from: App, to: App, share = 0.1) => {
  const derived = derive(from, to, { share })
  if (derived.kind === 'refused') throw new Error(derived.reasons.join('; '))
  return derived
}
const fileOf = (name: string, content: string): StoredFile => ({
  name,
  engineName: `shop_test_${name}_${content}`,
  isExternal: false,
  labels: {},
  dataBase64: content,
})
const referTo = ({ name, engineName }: StoredFile) => ({
  name,
  engineName,
  target: '/x',
  uid: '0',
  gid: '0',
  mode: 0o444,
})

describe('a canary', () => {
  it('is the present release as it is, with a few tasks of the next one beside it, and their part of its routes', () => {
    const worker = createService('worker')
    const from = appOf(web, worker)
    const { app, services } = deriveGood(from, appOf(next({}), createService('worker', { image: 'worker:2' })))
    expect(services).toEqual([{ service: 'web', canary: 'web-canary' }])
    expect(app.services.filter(({ name }) => name !== 'web-canary')).toEqual(from.services)
    const beside = createService('web-canary', { ...replicated(1), image: 'web:2' })
    expect(app.services.find(({ name }) => name === 'web-canary')).toEqual(beside)
    expect(app.routes?.map(({ targets }) => targets)).toEqual([
      [
        { service: 'web', port: 80, weight: 900 },
        { service: 'web-canary', port: 80, weight: 100 },
      ],
    ])
  })

  it('has at least one task, and never fewer than its share', () => {
    for (const [replicas, share, tasks] of [
      [3, 0.1, 1],
      [10, 0.1, 1],
      [11, 0.1, 2],
      [20, 0.5, 10],
    ] as const) {
      const { app } = deriveGood(
        appOf(createService('web', replicated(replicas))),
        appOf(next(replicated(replicas))),
        share,
      )
      expect(app.services.find(({ name }) => name === 'web-canary')?.mode).toEqual(replicated(tasks).mode)
    }
  })

  it('takes a name that neither release has', () => {
    const other = createService('web-canary')
    const { services } = deriveGood(appOf(web), appOf(next({}), other))
    expect(services).toEqual([{ service: 'web', canary: 'web-canary-2' }])
  })

  it('is found by nobody under the name of the old one, and waits for nothing', () => {
    const attached = { network: 'back', engineName: 'shop_test_back', aliases: ['shop'], driverOptions: {} }
    const dependsOn = [{ service: 'db', condition: 'healthy', isRequired: true, restarts: false } as const]
    const to = { ...appOf(next({ networks: [attached], dependsOn })), networks: [createNetwork('back')] }
    const { app } = deriveGood(appOf(web), to)
    expect(app.services.find(({ name }) => name === 'web-canary')).toMatchObject({
      networks: [{ network: 'back', aliases: [] }],
      dependsOn: [],
    })
    expect(app.networks.map(({ name }) => name)).toEqual(['back'])
  })

  it('has files of both, under names of their own, and secrets that only the rest of the next release needs', () => {
    const [old, changed] = [fileOf('motd', 'one'), fileOf('motd', 'two')]
    const key = fileOf('key', 'new')
    const from = { ...appOf({ ...web, configs: [referTo(old)] }), configs: [old] }
    const to = { ...appOf(next({ configs: [referTo(changed)] })), configs: [changed], secrets: [key] }
    const { app } = deriveGood(from, to)
    expect(app.configs).toEqual([old, { ...changed, name: 'motd-canary' }])
    expect(app.secrets).toEqual([{ ...key, name: 'key-canary' }])
    expect(app.services.find(({ name }) => name === 'web-canary')?.configs).toEqual([
      { ...referTo(changed), name: 'motd-canary' },
    ])
    expect(app.services.find(({ name }) => name === 'web')?.configs).toEqual([referTo(old)])
  })

  it('asks for the port that the next release has for the same route', () => {
    const to = createApp([next({})], {
      routes: [createRoute('web', 'shop.example.org', { targets: [{ service: 'web', port: 81, weight: 1 }] })],
    })
    const { app } = deriveGood(appOf(web), to)
    expect(app.routes?.[0]?.targets.map(({ service, port }) => [service, port])).toEqual([
      ['web', 80],
      ['web-canary', 81],
    ])
  })
})

const migrate = (image: string) =>
  createService('migrate', { image, mode: { kind: 'once', completions: 1, concurrency: 1 } })

describe('what cannot be a canary is refused, each by its name and reason', () => {
  it.each<[string, App, App, RegExp]>([
    ['nothing that is routed', appOf(web), appOf(web, createService('new')), /no service that routes lead to/],
    ['routes alone', appOf(web), createApp([web], { routes: [] }), /no service that routes lead to/],
    [
      'another number of tasks alone',
      appOf(web),
      appOf({ ...web, ...replicated(5) }),
      /no service that routes lead to/,
    ],
    ['a volume', appOf(web), appOf(next({ mounts: [createVolumeMount('data')] })), /^web: has the volume data/],
    [
      'a folder of its node',
      appOf(web),
      appOf(next({ mounts: [{ kind: 'bind', source: '/srv', target: '/srv', isReadOnly: false }] })),
      /^web: writes to \/srv/,
    ],
    [
      'published ports',
      appOf(web),
      appOf(next({ ports: [{ target: 80, published: 80, protocol: 'tcp', mode: 'host' }] })),
      /^web: publishes ports/,
    ],
    ['one for each node', appOf(web), appOf(next({ mode: { kind: 'global' } })), /^web: its mode is global/],
    ['none', appOf(web), appOf(next(replicated(0))), /^web: is scaled to 0/],
    [
      'weights',
      createApp([web, createService('old')], {
        routes: [
          createRoute('web', 'a.example.org', {
            targets: [
              { service: 'web', port: 80, weight: 9 },
              { service: 'old', port: 80, weight: 1 },
            ],
          }),
        ],
      }),
      appOf(next({}), createService('old')),
      /^web: its route a\.example\.org\/ has weights/,
    ],
    [
      'a sticky route',
      createApp([web], { routes: [createRoute('web', 'a.example.org', { sticky: 'cookie' })] }),
      appOf(next({})),
      /^web: its route a\.example\.org\/ is sticky/,
    ],
    ['a changed job', appOf(web, migrate('m:1')), appOf(next({}), migrate('m:2')), /^migrate: runs once/],
  ])('%s', (_, from, to, reason) => {
    const derived = derive(from, to)
    expect(derived.kind === 'refused' && derived.reasons).toEqual([expect.stringMatching(reason)])
  })

  it('but a changed job is taken by who accepts warnings, and one that is the same stands in nobody’s way', () => {
    const [from, to] = [appOf(web, migrate('m:1')), appOf(next({}), migrate('m:2'))]
    expect(derive(from, to, { acceptsWarnings: true })).toMatchObject({ kind: 'canary' })
    expect(derive(from, appOf(next({}), migrate('m:1')))).toMatchObject({ kind: 'canary' })
  })
})

it('leaves every service of the present release, and adds up to the whole of each route, whatever the share', () => {
  const names = ['api', 'web', 'shop']
  fc.assert(
    fc.property(
      fc.subarray(names, { minLength: 1 }),
      fc.integer({ min: 1, max: 900 }),
      fc.integer({ min: 1, max: 40 }),
      (changed, thousandths, replicas) => {
        const services = names.map((name) => createService(name, replicated(replicas)))
        const from = createApp(services, { routes: names.map((name) => createRoute(name, `${name}.example.org`)) })
        const to = createApp(services.map((each) => (changed.includes(each.name) ? { ...each, image: 'x:2' } : each)))
        const { app } = deriveGood(from, to, thousandths / 1_000)
        for (const service of from.services) expect(app.services).toContainEqual(service)
        expect(new Set(app.services.map(({ engineName }) => engineName)).size).toBe(names.length + changed.length)
        for (const { service, targets } of app.routes ?? []) {
          const sum = targets.reduce((all, { weight }) => all + weight, 0)
          expect(sum).toBe(changed.includes(service) ? 1_000 : 1)
          expect(targets.at(-1)?.weight).toBe(changed.includes(service) ? thousandths : 1)
        }
      },
    ),
  )
})
