import { createApp, createService } from '@atoll/plan/fixtures'
import { toRoute } from '@atoll/spec'
import type { App, RouteFields } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { addRoute, listRoutes, removeRoute } from './change-routes.ts'
import { deploy } from './deploy.ts'
import { restart } from './derive.ts'
import { diff } from './look/diff.ts'
import { deployments, releases } from './look/releases.ts'
import { preview } from './preview.ts'
import type { DeploymentEvent } from './records.ts'
import { repair } from './repair.ts'
import { rollback } from './rollback.ts'
import { listen, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const ref = { app: 'shop', environment: 'test' }
const web = createService('web', { mode: { kind: 'replicated', replicas: 2 } })
const job = createService('migrate', { mode: { kind: 'once', completions: 1, concurrency: 1 } })
const bound = createService('api', {
  dependsOn: [{ service: 'migrate', condition: 'completed', isRequired: true, restarts: true }],
})
const plain = createApp([web, job, bound])
const fields = { host: 'shop.example.org', port: 8080 }
const name = 'shop.example.org/'

const withRoutes = (app: App, ...routes: readonly RouteFields[]): App => ({
  ...app,
  routes: routes.flatMap((each) => toRoute(each, { app, service: 'web' }).route ?? []),
})

const send = (stage: Stage, app: App) =>
  stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))

const openShop = async (app: App = plain): Promise<Stage> => {
  const stage = openStage()
  stage.engine.setImage('migrate:1', { run: { kind: 'exits', afterMs: 100, exitCode: 0 } })
  await send(stage, app)
  await stage.pass(60_000)
  return stage
}

const add = async (stage: Stage, route: RouteFields = fields, service = 'web') => {
  const options = listen()
  const outcome = await stage.settle(addRoute(stage.createContext('eve'), { ref, service, route }, options))
  return { outcome, events: options.events }
}

const take = (stage: Stage, route: string) =>
  stage.settle(removeRoute(stage.createContext('eve'), { ref, route }, listen()))

const current = async (stage: Stage) => (await releases(stage.createContext('ann'), ref, stage.signal))[0]

/** Of the first release: with images by digest. */
const first = async (stage: Stage): Promise<App | undefined> =>
  (await releases(stage.createContext('ann'), ref, stage.signal)).at(-1)?.app

/** Every task there ever was, in the order they came. */
const tasksOf = (stage: Stage) =>
  [...stage.engine.world.services.values()].flatMap(({ tasks }) => tasks).map(({ id, state }) => [id, state])

const actionsOf = (events: readonly DeploymentEvent[]) =>
  events.flatMap((event) => (event.kind === 'plan' ? event.actions : event.kind === 'action' ? [event.action] : []))

describe('adding a route', () => {
  it('makes a release that differs in this alone, at once, and touches no task', async () => {
    const stage = await openShop()
    const before = tasksOf(stage)
    expect(before.length).toBeGreaterThan(3)
    const { outcome, events } = await add(stage)
    expect(outcome).toMatchObject({ kind: 'converged', release: 2, receipt: { author: 'eve' } })
    expect(events.filter(({ kind }) => kind === 'plan')).toHaveLength(1)
    expect(actionsOf(events)).toEqual([])
    expect(tasksOf(stage)).toEqual(before)
    expect(outcome.receipt.endedAtMs).toBe(outcome.receipt.startedAtMs)
    const newest = await current(stage)
    expect(newest).toMatchObject({ number: 2, isCurrent: true, origin: { kind: 'add-route', from: 1, note: name } })
    expect(newest?.app).toEqual({ ...(await first(stage)), routes: withRoutes(plain, fields).routes })
    expect(await diff(stage.createContext('ann'), { ref, from: 1, to: 2 }, stage.signal)).toEqual([
      { service: 'web', kind: 'changed', changes: [{ field: `route ${name}`, to: '"web:8080"' }] },
    ])
  })

  it('runs no job again, now or when it is repaired or gone back from; a restart does', async () => {
    const stage = await openShop()
    await add(stage)
    await add(stage, { ...fields, path: '/api' })
    expect(await current(stage)).toMatchObject({ number: 3, jobsOf: 1 })
    const before = tasksOf(stage)
    const again = stage.settle(repair(stage.createContext('ann'), { ref, services: ['migrate'] }, listen()))
    await expect(again).rejects.toMatchObject({ code: 'nothing-to-do' })
    await stage.settle(rollback(stage.createContext('ann'), { ref }, listen()))
    expect(tasksOf(stage)).toEqual(before)
    await stage.settle(restart(stage.createContext('ann'), { ref, services: ['web'] }, listen()))
    expect((await current(stage))?.jobsOf).toBeUndefined()
    expect(tasksOf(stage).length).toBeGreaterThan(before.length)
  })

  it('is undone by the next deploy of files without it, which the plan shows; files with it are the same release', async () => {
    const stage = await openShop()
    await add(stage)
    const context = stage.createContext('ann')
    expect(await preview(context, withRoutes(plain, fields), stage.signal)).toMatchObject({
      release: 2,
      actions: [],
      routes: [],
    })
    expect(await send(stage, withRoutes(plain, fields))).toMatchObject({ release: 2 })
    const { routes } = await preview(context, plain, stage.signal)
    expect(routes).toMatchObject([{ service: 'web', route: name, kind: 'removed' }])
    const heard = listen()
    const outcome = await stage.settle(deploy(context, { app: plain, secrets: {}, author: 'ann' }, heard))
    expect(outcome).toMatchObject({ release: 3 })
    expect(heard.events.find(({ kind }) => kind === 'plan')).toMatchObject({ routes })
    expect((await current(stage))?.app).toEqual(await first(stage))
  })

  it('warns where nobody serves routes', async () => {
    const { outcome } = await add(await openShop())
    expect(outcome.receipt.warnings).toMatchObject([{ kind: 'routes-unserved', isBlocking: false }])
  })

  it('is nothing when it is there just so, and refused in the place of another', async () => {
    const stage = await openShop(withRoutes(plain, fields))
    await expect(add(stage)).rejects.toMatchObject({
      code: 'nothing-to-do',
      message: `shop/test has the route ${name} already, just so`,
    })
    await expect(add(stage, { ...fields, port: 81 })).rejects.toMatchObject({
      code: 'refused',
      message: `add a route to shop/test: ${name} is a route of web already, with other settings`,
      hint: expect.stringContaining('atoll route rm'),
    })
    expect(await deployments(stage.createContext('ann'), ref, stage.signal)).toHaveLength(1)
  })

  it('says what is wrong with it, and which services there are', async () => {
    const stage = await openShop()
    await expect(add(stage, { port: '80a' })).rejects.toMatchObject({
      code: 'invalid-route',
      message: 'add a route to shop/test: route.port: must be a whole number from 1 to 65535, not "80a"',
      problems: [{ key: 'route.port' }],
    })
    await expect(add(stage, { ...fields, weights: { wbe: 1 } })).rejects.toMatchObject({
      problems: [{ key: 'route.weights.wbe', message: 'the app has no service wbe' }],
    })
    await expect(add(stage, fields, 'migrate')).rejects.toMatchObject({ code: 'invalid-route' })
    await expect(add(stage, fields, 'wbe')).rejects.toMatchObject({
      code: 'not-found',
      hint: 'its services are web, migrate, api',
    })
    await expect(add(openStage())).rejects.toMatchObject({ code: 'not-found', hint: expect.stringContaining('deploy') })
  })
})

describe('removing a route', () => {
  it('takes away the one that is named, and the last one too; no task is touched', async () => {
    const stage = await openShop(withRoutes(plain, fields, { ...fields, path: '/api' }))
    const before = tasksOf(stage)
    expect(await take(stage, name)).toMatchObject({ kind: 'converged', release: 2 })
    expect(await listRoutes(stage.createContext('ann'), stage.signal)).toEqual([
      { ...ref, route: 'shop.example.org/api' },
    ])
    expect(await take(stage, 'shop.example.org/api')).toMatchObject({ kind: 'converged', release: 3 })
    const newest = await current(stage)
    expect(newest).toMatchObject({ jobsOf: 1, origin: { kind: 'remove-route', from: 2, note: 'shop.example.org/api' } })
    const { routes: _, ...bare } = { ...(await first(stage)) }
    expect(newest?.app).toEqual(bare)
    expect(tasksOf(stage)).toEqual(before)
    expect(await listRoutes(stage.createContext('ann'), stage.signal)).toEqual([])
  })

  it('says which there are when that is none of them', async () => {
    const stage = await openShop(withRoutes(plain, fields))
    await expect(take(stage, 'none.example.org')).rejects.toMatchObject({
      code: 'not-found',
      message: 'shop/test has no route none.example.org',
      hint: `its routes are ${name}`,
    })
    await take(stage, name)
    await expect(take(stage, name)).rejects.toMatchObject({ code: 'not-found', hint: 'it has none at all' })
  })

  it('knows a host without the slash that stands for all below it', async () => {
    const stage = await openShop(withRoutes(plain, fields, { host: 'all.example.org', port: 80 }))
    await take(stage, 'all.example.org')
    expect(await listRoutes(stage.createContext('ann'), stage.signal)).toEqual([{ ...ref, route: name }])
  })

  it('takes neither of two that have one name', async () => {
    const twins = [{ 'X-A': '1, header x-b: 2' }, { 'X-A': '1', 'X-B': '2' }]
    const stage = await openShop(withRoutes(plain, ...twins.map((header) => ({ ...fields, header }))))
    const [twin] = await listRoutes(stage.createContext('ann'), stage.signal)
    await expect(take(stage, twin?.route ?? '')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('has 2 routes that are called'),
    })
  })
})
