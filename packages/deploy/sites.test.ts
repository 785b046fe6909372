import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { App, StaticFiles, StaticSite } from '@atoll/spec'
import { beforeEach, expect, it } from 'vitest'
import { addRoute } from './change-routes.ts'
import type { Context } from './context.ts'
import { deploy } from './deploy.ts'
import { claimImages } from './look/image-claims.ts'
import { preview } from './preview.ts'
import type { Release } from './records.ts'
import { rollback } from './rollback.ts'
import type { SiteFailure } from './sites.ts'
import { listen, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

const ref = { app: 'shop', environment: 'test' }
const files = { path: '/site', index: 'index.html', cacheSeconds: {} } as const
const withFiles = (image: string, change: Partial<StaticFiles> = {}): App =>
  createApp([createService('web', { image })], {
    routes: [createRoute('web', 'shop.example.org', { targets: [], static: { ...files, ...change } })],
  })

let stage: Stage
let failing: (site: StaticSite) => readonly Omit<SiteFailure, 'site'>[]
/** Images that were brought, and which was served then. */
let brought: readonly (readonly [string, string | undefined])[]
beforeEach(() => {
  stage = openStage()
  failing = () => []
  brought = []
})

const findImage = async (release?: number): Promise<string | undefined> => {
  const found = await stage.documents.find<Release>('release', `shop.test.${release ?? 1}`, stage.signal)
  const [route] = found?.value.app.routes ?? []
  return route?.kind === 'http' ? route.static?.image : undefined
}

const runningImage = async (): Promise<string | undefined> =>
  (await stage.observe(withFiles('x'))).services[0]?.definition?.image

const contextOf = (): Context => ({
  ...stage.createContext('ann'),
  sites: {
    bring: async (sites) => {
      const running = await runningImage()
      brought = [...brought, ...sites.map(({ image }) => [image, running] as const)]
      return sites.flatMap((site) => failing(site).map((failure) => ({ site, ...failure })))
    },
  },
})

const send = (app: App, options = listen(), change: Partial<Context> = {}) =>
  stage.settle(deploy({ ...contextOf(), ...change }, { app, secrets: {}, author: 'ann' }, options))

it('files are those of the image the service has in the release, by its digest, and come before anything is changed', async () => {
  expect(await send(withFiles('web:1'))).toMatchObject({ kind: 'converged' })
  const image = await findImage(1)
  expect(image).toMatch(/^web:1@sha256:/)
  expect(brought).toEqual([[image, undefined]])
  expect(await send(withFiles('web:2'))).toMatchObject({ kind: 'converged' })
  expect(brought[1]).toEqual([await findImage(2), image])
})

it('a route may name another image, which is kept as those of services are', async () => {
  await send(withFiles('web:1', { image: 'site:3' }))
  const image = (await findImage(1)) ?? ''
  expect(image).toMatch(/^site:3@sha256:/)
  expect((await claimImages(contextOf(), stage.signal)).needed).toContain(image)
})

it('what a node cannot have is in no release that is served, with the node and the reason', async () => {
  await send(withFiles('web:1'))
  failing = () => [{ nodes: ['node-2'], message: 'pull web:2: no such image', isPassing: false }]
  const { kind, receipt } = await send(withFiles('web:2'))
  expect(kind).toBe('rolled-back')
  expect(receipt.causes).toMatchObject([
    {
      kind: 'pull',
      service: 'web',
      message: 'files of shop.example.org/ are not on node-2: pull web:2: no such image; nothing was changed',
      nodes: [{ node: 'node-2', reason: 'pull web:2: no such image' }],
    },
  ])
  expect(await runningImage()).toBe(await findImage(1))
})

it('a node that is away holds nobody up, and the receipt says so', async () => {
  failing = () => [{ nodes: ['node-2'], message: 'reach the agent: no answer', isPassing: true }]
  const { kind, receipt } = await send(withFiles('web:1'))
  expect(kind).toBe('converged')
  expect(receipt.warnings.map(({ message, isBlocking }) => ({ message, isBlocking }))).toContainEqual({
    message: expect.stringContaining('node-2 answers 503 there until it has them') as string,
    isBlocking: false,
  })
})

it('an image without a digest is refused: nobody could go back to its files', async () => {
  const engine = Object.assign({}, stage.engine, {
    resolveImage: async (reference: string) => ({
      kind: 'unresolved',
      reference,
      reason: 'no registry',
      isPresent: true,
    }),
  })
  const { kind, receipt } = await send(withFiles('web:1'), listen(), { engine })
  expect(kind).toBe('failed')
  expect(receipt.causes.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('shop.example.org/: the image of its files, web:1, has no digest'),
  )
  expect(brought).toEqual([])
})

it('a rollback brings what was served before', async () => {
  await send(withFiles('web:1'))
  await send(withFiles('web:2'))
  brought = []
  await stage.settle(rollback(contextOf(), { ref }, listen()))
  expect(brought.map(([image]) => image)).toEqual([await findImage(1)])
})

it('a route that is added has the image of the release that runs', async () => {
  await send(createApp([createService('web', { image: 'web:1' })]))
  const route = { host: 'shop.example.org', static: { path: '/site' } }
  await stage.settle(addRoute(contextOf(), { ref, service: 'web', route }, listen()))
  expect(await findImage(2)).toBe(await runningImage())
  expect(brought).toEqual([[await findImage(2), await findImage(2)]])
})

it('a plan of the same changes nothing, and of other files says so', async () => {
  await send(withFiles('web:1'))
  const look = (app: App) => stage.settle(preview(contextOf(), app, stage.signal))
  expect((await look(withFiles('web:1'))).routes ?? []).toEqual([])
  expect(JSON.stringify((await look(withFiles('web:2'))).routes)).toContain('static.image')
})
