import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { IngressError } from './errors.ts'
import { serveMost, type Fitted } from './fit-table.ts'
import { namePart, partsOf } from './part.ts'
import type { HostCertificate, RoutedEnvironment, RouteTable } from './table.ts'
import { environmentOfRoutes } from './testing/arbitraries.ts'

const apps = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']

/** What says `bad` is refused. */
const kinds = ['good', 'bad', 'old', 'bad-old'] as const
type Kind = (typeof kinds)[number]
const environments = new Map(
  apps.flatMap((app) =>
    kinds.map(
      (kind) => [`${app} ${kind}`, environmentOfRoutes(app, [{ host: `${kind}.${app}.org`, port: 80 }])] as const,
    ),
  ),
)
const environmentOf = (app: string, kind: Kind): RoutedEnvironment => {
  const found = environments.get(`${app} ${kind}`)
  if (found === undefined) throw new Error(`no ${kind} ${app}`)
  return found
}
const certificateOf = (app: string, kind: Kind): HostCertificate => ({ host: `${app}.org`, pem: kind, isPublic: true })
const isBad = (part: unknown): boolean => JSON.stringify(part).includes('bad')

type Blame = 'all' | 'first' | 'somebody' | 'nobody'

/** Refuses every table with something bad in it, and says whose it is, or does not, or says it of another. */
const createCheck = (blame: Blame) => {
  let checks = 0
  return {
    count: () => checks,
    check: async (table: RouteTable): Promise<void> => {
      checks += 1
      const parts = partsOf(table)
      const bad = parts.filter(isBad)
      if (bad.length === 0) return
      const blamed = { all: bad, first: bad.slice(0, 1), somebody: parts.slice(0, 1), nobody: [] }[blame]
      throw new IngressError('refused', { code: 'refused', retry: false, parts: blamed.map(namePart) })
    },
  }
}

const none: Fitted = { table: { environments: [], certificates: [] }, refused: [] }
const tableOf = (wanted: Readonly<Record<string, Kind>>): RouteTable => ({
  environments: Object.entries(wanted).map(([app, kind]) => environmentOf(app, kind)),
  certificates: [],
})
const hostsOf = ({ environments: all }: RouteTable): readonly string[] =>
  all.flatMap(({ routes }) => routes.flatMap((route) => (route.kind === 'http' ? [route.match.host] : []))).toSorted()

const chosen = fc.record({
  wanted: fc.dictionary(fc.constantFrom(...apps), fc.constantFrom<Kind>('good', 'bad')),
  certificates: fc.dictionary(fc.constantFrom(...apps), fc.constantFrom<Kind>('good', 'bad')),
  before: fc.dictionary(fc.constantFrom(...apps), fc.constantFrom<Kind>('old', 'bad-old')),
  blame: fc.constantFrom<Blame>('all', 'first', 'somebody', 'nobody'),
})

test('whatever is bad, all that is good is served, exactly the bad is named, and has what it had', async () => {
  const property = fc.asyncProperty(chosen, async ({ wanted, certificates, before, blame }) => {
    const pems = Object.entries(certificates).map(([app, kind]) => certificateOf(app, kind))
    const { check } = createCheck(blame)
    const { fitted } = await serveMost(
      { ...tableOf(wanted), certificates: pems },
      { before: { table: tableOf(before), refused: [] }, check, serve: check },
    )
    const bad = Object.keys(wanted).filter((app) => wanted[app] === 'bad')
    const kept = bad.filter((app) => before[app] === 'old')
    const good = Object.keys(wanted).filter((app) => wanted[app] === 'good')
    expect(hostsOf(fitted.table)).toEqual(
      [...good.map((app) => `good.${app}.org`), ...kept.map((app) => `old.${app}.org`)].toSorted(),
    )
    expect(fitted.table.certificates.map(({ host }) => host).toSorted()).toEqual(
      pems.flatMap(({ host, pem }) => (pem === 'good' ? [host] : [])).toSorted(),
    )
    const named = fitted.refused.map(({ refusal }) => ({ ...refusal, reason: '' }))
    expect(new Set(named)).toEqual(
      new Set([
        ...bad.map((app) => ({
          kind: 'environment',
          app,
          environment: 'production',
          reason: '',
          isKept: kept.includes(app),
        })),
        ...pems.flatMap(({ host, pem }) =>
          pem === 'bad' ? [{ kind: 'certificate', host, reason: '', isKept: false }] : [],
        ),
      ]),
    )
  })
  await fc.assert(property, { numRuns: 200 })
})

test('one that HAProxy names costs four looks, however many there are', async () => {
  const wanted = tableOf(Object.fromEntries(apps.map((app) => [app, app === 'e' ? 'bad' : 'good'])))
  const { check, count } = createCheck('all')
  await serveMost(wanted, { before: none, check, serve: async (table) => check(table) })
  // Served in vain, and in the end; looked at with none, with all, with the others, with that one.
  expect(count()).toBe(2 + 4)
})

test('what was refused and is the same is left out without asking, wherever its tasks are; what is another is tried', async () => {
  const before: Fitted = { table: tableOf({ a: 'old', b: 'good' }), refused: [] }
  const first = await serveMost(tableOf({ a: 'bad', b: 'good' }), { before, ...createCheckAndServe() })
  const moved = tableOf({ a: 'bad', b: 'good' }).environments.map((each) => ({
    ...each,
    endpoints: { web: [{ id: 'new', address: '10.9.9.9', state: 'ready' as const }] },
  }))
  const parts = createCheckAndServe()
  const second = await serveMost({ environments: moved, certificates: [] }, { before: first.fitted, ...parts })
  expect(parts.count()).toBe(1)
  expect(hostsOf(second.fitted.table)).toEqual(['good.b.org', 'old.a.org'])
  expect(second.fitted.table.environments.map(({ endpoints }) => endpoints['web']?.[0]?.id)).toEqual(['new', 'new'])
  expect(second.fitted.refused.map(({ refusal }) => refusal.isKept)).toEqual([true])
  const third = await serveMost(tableOf({ a: 'good', b: 'good' }), { before: second.fitted, ...createCheckAndServe() })
  expect(third.fitted.refused).toEqual([])
})

const createCheckAndServe = () => {
  const { check, count } = createCheck('all')
  return { check, serve: check, count }
}

test('a host of before that somebody else has by now is theirs', async () => {
  const [older] = tableOf({ a: 'old' }).environments
  const taken = { ...environmentOfRoutes('b', [{ host: 'old.a.org', port: 80 }]) }
  const wanted = { ...tableOf({ a: 'bad' }), environments: [...tableOf({ a: 'bad' }).environments, taken] }
  const before: Fitted = { table: { environments: [older ?? taken], certificates: [] }, refused: [] }
  const { fitted } = await serveMost(wanted, { before, ...createCheckAndServe() })
  expect(fitted.table.environments.map(({ app }) => app)).toEqual(['b'])
  expect(fitted.refused.map(({ refusal }) => refusal.isKept)).toEqual([false])
})

test('what is refused whatever is left out is told, and so is every other failure', async () => {
  const refuse = async (): Promise<void> => {
    throw new IngressError('no such port', { code: 'refused', retry: false })
  }
  const wanted = tableOf({ a: 'good' })
  await expect(serveMost(wanted, { before: none, check: refuse, serve: refuse })).rejects.toThrow('no such port')
  const fail = async (): Promise<void> => {
    throw new IngressError('no new worker', { code: 'timed-out', retry: true })
  }
  await expect(serveMost(wanted, { before: none, check: refuse, serve: fail })).rejects.toThrow('no new worker')
})
