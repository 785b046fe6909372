import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HttpRoute } from '@atoll/spec'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveMost } from './fit-table.ts'
import { render } from './render.ts'
import { writeValid } from './run-haproxy.ts'
import type { HostCertificate, RoutedEnvironment, RouteTable } from './table.ts'
import { environmentOfRoutes } from './testing/arbitraries.ts'
import { issueFor } from './testing/certificates.ts'
import { haproxy } from './testing/haproxy.ts'
import { sampleSettings } from './testing/table.ts'

const apps = ['a', 'b', 'c', 'd', 'e']
let folder = ''
let certificates: readonly HostCertificate[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  certificates = (await issueFor(apps.map((app) => `${app}.example.org`))).certificates
})
afterAll(() => rm(folder, { recursive: true }))

const ofClients = 'an authority of clients'

/** What no compose file gets past `spec`, each in another place of the configuration. */
const spoils: Readonly<Record<string, Partial<HttpRoute>>> = {
  'a rule of the backend': { retries: { attempts: 3, on: ['nonsense'] } },
  'a list of users': { basicAuth: { realm: 'x', users: { 'ann bob': 'x' } } },
  'a list of addresses': { allow: ['nowhere'] },
  [ofClients]: { clientCertificates: { authority: 'no certificate', isOptional: false } },
  'a page': { errorPages: { '299': 'x' } },
  'a rule of the frontend': {
    match: { host: 'x.example.org', path: { kind: 'regex', pattern: '/(' }, methods: [], headers: {}, query: {} },
  },
}

const spoil = (environment: RoutedEnvironment, with_: Partial<HttpRoute>): RoutedEnvironment => ({
  ...environment,
  routes: environment.routes.map((route, index) => (index === 0 ? ({ ...route, ...with_ } as HttpRoute) : route)),
})

const environmentOf = (app: string): RoutedEnvironment =>
  environmentOfRoutes(app, [
    { host: `${app}.example.org`, port: 80 },
    { host: `${app}.example.org`, path: '/api', port: 81 },
  ])

const check = async (table: RouteTable): Promise<void> => {
  const settings = { ...sampleSettings, https: { port: 443 }, runFolder: folder }
  await writeValid(await haproxy(), join(folder, 'trial'), render(table, settings))
}

const spoiled = fc.record({
  environments: fc.dictionary(fc.constantFrom(...apps), fc.constantFrom(...Object.keys(spoils))),
  hosts: fc.subarray(apps),
})

test('whatever HAProxy refuses of a table, it takes all others, and exactly what it refuses is named', async () => {
  const property = fc.asyncProperty(spoiled, async ({ environments, hosts: chosen }) => {
    // Who has no certificate asks for none: nobody looks at the authority then.
    const hosts = chosen.filter((app) => environments[app] !== ofClients)
    const wanted: RouteTable = {
      environments: apps.map((app) => spoil(environmentOf(app), spoils[environments[app] ?? ''] ?? {})),
      certificates: certificates.map((each) =>
        hosts.some((app) => each.host === `${app}.example.org`) ? { ...each, pem: 'no certificate' } : each,
      ),
    }
    const before = { table: { environments: [], certificates: [] }, refused: [] }
    const { fitted } = await serveMost(wanted, { before, check, serve: check })
    const named = fitted.refused.map(({ part }) => (part.kind === 'certificate' ? part.value.host : part.value.app))
    const bad = [...Object.keys(environments), ...hosts.map((app) => `${app}.example.org`)]
    expect(named.toSorted()).toEqual(bad.toSorted())
    expect(fitted.table.environments).toHaveLength(apps.length - Object.keys(environments).length)
    expect(fitted.table.certificates).toHaveLength(apps.length - hosts.length)
    for (const { part, refusal } of fitted.refused) expect(refusal.reason).toContain(nameOf(part))
  })
  await fc.assert(property, { numRuns: 12 })
})

/** A reason names the route, or the file of the certificate. */
const nameOf = (part: {
  readonly kind: string
  readonly value: { readonly app?: string; readonly host?: string }
}): string => (part.kind === 'certificate' ? `${part.value.host}.pem` : ` of web in ${part.value.app}/production`)
