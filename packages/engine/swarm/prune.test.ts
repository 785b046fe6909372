import { describe, expect, it } from 'vitest'
import { openClient } from './client.ts'
import { pruneEngine, readInventory } from './prune.ts'
import type { PruneOrder } from './prune.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import { readUsage } from './usage.ts'

const live = new AbortController().signal
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`
const nowMs = Date.UTC(2026, 0, 10)
const day = 86_400
const createdS = nowMs / 1000 - 9 * day

interface Image {
  readonly Id: string
  readonly RepoTags: readonly string[] | null
  readonly RepoDigests: readonly string[] | null
  readonly Created: number
  readonly Size: number
  readonly Labels?: Readonly<Record<string, string>>
}

const image = (letter: string, change: Partial<Image> = {}): Image => ({
  Id: digest(letter),
  RepoTags: null,
  RepoDigests: [`r:5000/shop/web@${digest(letter)}`],
  Created: createdS,
  Size: 100,
  ...change,
})

/** An engine that keeps these images, one of which it says is used, and a cache of builds. */
const openStore = async (images: readonly Image[], usedId = '') => {
  const state = { images: [...images], cacheBytes: 50 }
  const remove = (name: string): number => {
    const namesOf = ({ RepoTags, RepoDigests }: Image) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]
    const found = state.images.find((each) => each.Id === name || namesOf(each).includes(name))
    if (found === undefined) return 404
    if (found.Id === usedId) return 409
    const without = (names: readonly string[] | null) => (names ?? []).filter((other) => other !== name)
    const rest = { ...found, RepoTags: without(found.RepoTags), RepoDigests: without(found.RepoDigests) }
    state.images = state.images.filter(({ Id }) => Id !== found.Id)
    if (namesOf(rest).length > 0 && name !== found.Id) state.images.push(rest)
    return 200
  }
  const engine = await openScriptedEngine(({ url = '', method }, response) => {
    const path = decodeURIComponent(url)
    const deleted = /\/images\/(.+)$/.exec(path)?.[1]
    if (method === 'DELETE' && deleted !== undefined) reply(response, remove(deleted), { message: 'it is being used' })
    else if (path.includes('/images/json')) reply(response, 200, state.images)
    else if (path.includes('/containers/json')) reply(response, 200, [])
    else if (path.includes('/system/df'))
      reply(response, 200, { BuildCache: [{ Size: state.cacheBytes, InUse: false }] })
    else if (path.includes('/build/prune')) {
      reply(response, 200, { CachesDeleted: null, SpaceReclaimed: state.cacheBytes })
      state.cacheBytes = 0
    } else reply(response, 200, { Version: '20.10.24', ApiVersion: '1.41' })
  })
  const client = openClient(engine.endpoint)
  const order = {
    nowMs,
    claims: { needed: [], repositories: ['r:5000/shop/web'] },
    buildCache: { keepBytes: 0, idleMs: 0 },
  }
  return {
    state,
    client,
    prune: (change: Partial<PruneOrder> = {}) => pruneEngine(client, { ...order, isDryRun: false, ...change }, live),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await engine[Symbol.asyncDispose]()
    },
  }
}

describe('pruning an engine', () => {
  it('takes away what is chosen, by all of its names, and the cache of builds', async () => {
    const twice = [`r:5000/shop/web@${digest('a')}`, `r:5000/shop/old@${digest('a')}`]
    await using store = await openStore([image('a', { RepoDigests: twice }), image('b', { RepoTags: ['web:1'] })])
    const { removed, left } = await store.prune()
    expect(removed.map(({ kind, bytes }) => [kind, bytes])).toEqual([
      ['build-cache', 50],
      ['image', 100],
    ])
    expect(left).toMatchObject([{ name: 'web:1' }])
    expect(store.state).toMatchObject({ images: [{ Id: digest('b') }], cacheBytes: 0 })
  })

  it('takes away a build of ours by its tag and its digest, when no app has it any more', async () => {
    const own = { RepoTags: ['r:5000/shop/web:production'], Labels: { 'atoll.built-for': 'r:5000/shop/web' } }
    await using store = await openStore([image('a', own), image('b', { RepoTags: ['shop/web:mine'] })])
    const { removed } = await store.prune()
    expect(removed).toContainEqual(expect.objectContaining({ why: 'no service and no kept release has this build' }))
    expect(store.state.images.map(({ Id }) => Id)).toEqual([digest('b')])
  })

  it('leaves all as it is when it is only to tell', async () => {
    await using store = await openStore([image('a')])
    expect((await store.prune({ isDryRun: true })).removed).toHaveLength(2)
    expect(store.state).toMatchObject({ images: [{ Id: digest('a') }], cacheBytes: 50 })
  })

  it('believes the engine that says that something is used', async () => {
    await using store = await openStore([image('a'), image('b')], digest('a'))
    const { removed, left } = await store.prune()
    expect(removed).toContainEqual(expect.objectContaining({ name: `r:5000/shop/web@${digest('b')}` }))
    expect(left).toMatchObject([{ name: `r:5000/shop/web@${digest('a')}`, why: 'the engine says that it is used' }])
    expect(store.state.images.map(({ Id }) => Id)).toEqual([digest('a')])
  })

  it('reads what older engines write where there is no name', async () => {
    const nameless = { RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] }
    await using store = await openStore([image('a', nameless), image('b', { RepoTags: ['web:<none>'] })])
    const { images } = await readInventory(store.client, live)
    expect(images.map(({ tags, digests }) => [tags.length, digests.length])).toEqual([
      [0, 0],
      [0, 1],
    ])
  })
})

it('what an engine keeps is added up once, however many images have a layer', async () => {
  const usage = {
    LayersSize: 1_000,
    Images: [
      { Id: 'a', Size: 500, SharedSize: 300, Containers: 1 },
      { Id: 'b', Size: 800, SharedSize: 300, Containers: 0 },
    ],
    Containers: [
      { State: 'running', SizeRw: 10 },
      { State: 'exited', SizeRw: 5 },
    ],
    Volumes: [{ UsageData: { Size: 70, RefCount: 0 } }, { UsageData: null }],
    BuildCache: [
      { Size: 20, InUse: true, Shared: false },
      { Size: 30, InUse: false, Shared: false },
      { Size: 99, InUse: false, Shared: true },
    ],
  }
  await using engine = await openScriptedEngine(({ url = '' }, response) =>
    reply(response, 200, url.includes('/df') ? usage : { Version: '20.10.24', ApiVersion: '1.41' }),
  )
  await using client = openClient(engine.endpoint)
  expect(await readUsage(client, live)).toEqual({
    images: { count: 2, bytes: 1_000, reclaimableBytes: 500 },
    containers: { count: 2, bytes: 15, reclaimableBytes: 5 },
    volumes: { count: 2, bytes: 70, reclaimableBytes: 0 },
    buildCache: { count: 2, bytes: 50, reclaimableBytes: 30 },
  })
})
