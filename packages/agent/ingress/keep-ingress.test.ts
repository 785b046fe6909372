import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IngressContainer, LocalIngress, NodeIngress, RouteRefusal } from '@atoll/engine'
import { doorIn, openDoor, openDoorOf } from '@atoll/ingress/door'
import type { GivenTable } from '@atoll/ingress/door'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SiteKeeper } from '../sites/keep-sites.ts'
import { createIngressKeeper } from './keep-ingress.ts'

let stack: AsyncDisposableStack
let folder: string
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'atoll-ingress-'))
  stack.defer(() => rm(folder, { recursive: true }))
})
afterEach(() => stack.disposeAsync())

const live = new AbortController().signal
const own = 'atoll_system_ingress'

interface Refusing {
  readonly sites?: SiteKeeper
  /** Version of the table that it refuses. */
  readonly refuses?: string
  /** What it refuses of every table. */
  readonly refused?: readonly RouteRefusal[]
}

/** An engine with one container, and an ingress behind a real door. */
const openNode = async ({ refuses = '', refused = [], sites }: Refusing = {}) => {
  const world = {
    container: { id: 'c1', number: 2, networks: [own], held: [] } as IngressContainer | undefined,
    unreachable: new Set<string>(),
    served: undefined as GivenTable | undefined,
    /** Networks the container was in when it was given something, or told to begin. */
    networksThen: [] as string[][],
    /** How often all that was held for it was let go. */
    released: 0,
  }
  let tellContainer = (): void => undefined
  const change = (networks: (before: readonly string[]) => readonly string[]): void => {
    if (world.container !== undefined)
      world.container = {
        ...world.container,
        networks: networks(world.container.networks),
        held: networks(world.container.held),
      }
  }
  const local: LocalIngress = {
    find: async () => world.container,
    join: async (_container, { name: network }) => {
      if (world.unreachable.has(network)) throw new Error(`no such network ${network}`)
      change((before) => [...before, network])
    },
    release: async () => void (world.released += 1),
    part: async (_id, network) => change((before) => before.filter((name) => name !== network)),
    watchContainers: async function* (signal) {
      while (!signal.aborted) {
        await new Promise<void>((resolve) => {
          tellContainer = resolve
          signal.addEventListener('abort', () => resolve())
        })
        yield { isIngress: true }
      }
    },
  }
  const note = (): void => void world.networksThen.push([...(world.container?.networks ?? [])])
  const keeper = {
    state: () => ({
      networks: world.served?.networks ?? [],
      ...(world.served && { version: world.served.version }),
      ...(world.served?.sites && { sites: world.served.sites }),
      ...(refused.length > 0 && { refused }),
    }),
    begin: note,
    readTally: async ({ app }: { readonly app: string }) => ({ life: app, moment: 1, routes: [] }),
    give: async (given: GivenTable) => {
      note()
      if (given.version === refuses) throw new Error('HAProxy does not take it')
      world.served = given
    },
  }
  stack.use(await openDoor(doorIn(folder), keeper))
  const said: string[] = []
  const say = (message: string): void => void said.push(message)
  const door = openDoorOf(doorIn(folder))
  const kept = createIngressKeeper({ local, door, say, partAfterMs: 50, goneAfterMs: 150, ...(sites && { sites }) })
  const stop = new AbortController()
  const keeping = kept.keep(stop.signal)
  stack.defer(async () => {
    stop.abort()
    await keeping
  })
  return { world, kept, said, tellContainer: () => tellContainer() }
}

const firstState = async (kept: { follow(signal: AbortSignal): AsyncIterable<NodeIngress> }) => {
  for await (const state of kept.follow(live)) return state
  return undefined
}

const table = (version: string, ...networks: readonly string[]): GivenTable => ({
  version,
  networks: networks.map((name) => ({ name, subnet: '10.64.0.0/20' })),
  table: '{}',
})

it('a table is given after its networks were joined', async () => {
  const { world, kept } = await openNode()
  await kept.give(table('1', 'shop'), live)
  expect(world.served?.version).toBe('1')
  expect(world.networksThen.at(-1)).toEqual([own, 'shop'])
})

it('a container that is made anew is brought into the networks of what it kept, then told to begin', async () => {
  const { world, kept, tellContainer } = await openNode()
  world.served = table('1', 'shop')
  await expect.poll(() => world.container?.networks).toEqual([own])
  world.container = { id: 'c2', number: 3, networks: [own], held: [] }
  await expect
    .poll(() => {
      tellContainer()
      return world.container?.networks
    })
    .toEqual([own, 'shop'])
  await expect.poll(() => world.networksThen.at(-1)).toEqual([own, 'shop'])
  await kept.give(table('1', 'shop'), live)
})

it('a network that cannot be joined keeps nobody else from being served', async () => {
  const { world, kept, said } = await openNode()
  world.unreachable.add('gone')
  await kept.give(table('1', 'gone', 'shop'), live)
  expect(world.networksThen.at(-1)).toEqual([own, 'shop'])
  expect(said).toContain('the ingress cannot join a network')
  world.unreachable.clear()
  await expect.poll(() => world.container?.networks).toContain('gone')
})

it('one that was taken away holds no networks, and one that is made anew does', async () => {
  const { world, kept, tellContainer } = await openNode()
  await kept.give(table('1', 'shop'), live)
  const { container } = world
  world.container = undefined
  tellContainer()
  await expect.poll(() => world.released).toBe(1)
  world.container = container
  await expect
    .poll(() => {
      tellContainer()
      return firstState(kept)
    })
    .toEqual({ version: '1' })
  world.container = undefined
  tellContainer()
  await expect.poll(() => world.released).toBe(2)
})

it('what the ingress refuses is told to who gave it, and to who follows, with what it serves instead', async () => {
  const { kept } = await openNode({ refuses: '2' })
  await kept.give(table('1'), live)
  await expect(kept.give(table('2'), live)).rejects.toMatchObject({ code: 'refused' })
  expect(await firstState(kept)).toEqual({ version: '1', trouble: 'HAProxy does not take it' })
})

it('what the ingress leaves out of a table is no failure of who gave it, and told to who follows', async () => {
  const part = { kind: 'environment', app: 'shop', environment: 'test', reason: 'nonsense', isKept: true } as const
  const { kept } = await openNode({ refused: [part] })
  await kept.give(table('1'), live)
  expect(await firstState(kept)).toEqual({ version: '1', refused: [part] })
})

it('without a container nothing is served, and who gives is told so', async () => {
  const { world, kept } = await openNode()
  world.container = undefined
  await expect(kept.give(table('1'), live)).rejects.toMatchObject({ code: 'unreachable' })
})

it('what the ingress has counted is read, and who cannot is told so', async () => {
  const { kept } = await openNode()
  const query = { ref: { app: 'shop', environment: 'test' } }
  expect(await kept.readTally(query, live)).toEqual({ life: 'shop', moment: 1, routes: [] })
  const { kept: alone } = await openNode()
  await rm(doorIn(folder))
  await expect(alone.readTally(query, live)).rejects.toMatchObject({ code: 'unreachable', retry: true })
})

it('nobody brings the ingress into a network of the platform', async () => {
  const { kept } = await openNode()
  await expect(kept.give(table('1', 'atoll-system'), live)).rejects.toMatchObject({ code: 'refused' })
})

it('a network nobody needs is left after a while, and those of the platform never', async () => {
  const { world, kept } = await openNode()
  await kept.give(table('1', 'shop', 'farm'), live)
  await kept.give(table('2', 'farm'), live)
  expect(world.container?.networks).toEqual([own, 'shop', 'farm'])
  await expect.poll(() => world.container?.networks).toEqual([own, 'farm'])
})

const site = { id: 'a'.repeat(32), image: 'site', path: '/site' }

it('files of routes come before the routes, and are kept when the agent is another', async () => {
  const asked: string[] = []
  const serving: (string | undefined)[] = []
  const open = async () => {
    const sites: SiteKeeper = {
      fetch: async ({ id }) => void asked.push(id),
      keep: async (wanted) => {
        serving.push(node.world.served?.version)
        asked.push(...wanted.map(({ id }) => `keep ${id}`))
      },
      isUnsettled: () => false,
      tidy: async () => undefined,
    }
    const node = await openNode({ sites })
    return node
  }
  const { kept, world, tellContainer } = await open()
  await kept.give({ version: '1', networks: [], sites: [site], table: '{}' }, live)
  expect(world.served?.sites).toEqual([site])
  expect(asked).toContain(`keep ${site.id}`)
  expect(serving[asked.filter((each) => each.startsWith('keep')).length - 1] ?? undefined).toBeUndefined()
  await kept.fetchSite(site, live)
  expect(asked.at(-1)).toBe(site.id)
  const before = asked.length
  tellContainer()
  await expect.poll(() => asked.slice(before)).toContain(`keep ${site.id}`)
})

it('a node that serves no files says so', async () => {
  const { kept } = await openNode()
  await expect(kept.fetchSite(site, live)).rejects.toMatchObject({ code: 'not-found' })
})
