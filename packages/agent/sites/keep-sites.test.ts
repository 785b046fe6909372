import { mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '@atoll/engine'
import type { ImageFolders } from '@atoll/engine'
import type { SiteIndex } from '@atoll/ingress/site-index'
import type { StaticSite } from '@atoll/spec'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createSiteKeeper } from './keep-sites.ts'
import type { SiteParts } from './keep-sites.ts'

let folder: string
let said: string[]
let nowMs: number
/** Files by the path of their folder; how often each was read. */
let images: Record<string, Readonly<Record<string, string>>>
let reads: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atoll-sites-'))
  said = []
  nowMs = 0
  images = {}
  reads = []
})
afterEach(() => rm(folder, { recursive: true }))

const live = new AbortController().signal
const siteAt = (path: string): StaticSite => ({
  id: Buffer.from(path).toString('hex').padEnd(32, '0'),
  image: 'site',
  path,
})
const [one, two] = [siteAt('/one'), siteAt('/two')]

const folders: ImageFolders = {
  read: async ({ path }, take) => {
    reads.push(path)
    const files = images[path]
    if (files === undefined) throw new EngineError('refused', `pull site: nobody has ${path}`)
    for (const [name, text] of Object.entries(files)) {
      const content = (async function* () {
        yield Buffer.from(text)
      })()
      await take({ path: name, sizeBytes: Buffer.byteLength(text), modifiedSeconds: 7, content })
    }
  },
}

const open = (parts: Partial<SiteParts> = {}) =>
  createSiteKeeper({ folder, folders, say: (message) => said.push(message), now: () => nowMs, ...parts })

const readIndexOf = async ({ id }: StaticSite): Promise<SiteIndex> =>
  JSON.parse(await readFile(join(folder, id, 'index.json'), 'utf8')) as SiteIndex

it('files are kept by their hashes, each once, whatever they are called', async () => {
  images['/one'] = { '/index.html': 'home', '/../../evil': 'x', '/copy.html': 'home', '/index.json': '{}' }
  const keeper = await open()
  await keeper.fetch(one, live)
  const index = await readIndexOf(one)
  expect(Object.keys(index)).toEqual(['/index.html', '/../../evil', '/copy.html', '/index.json'])
  expect(index['/index.html']).toEqual({
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    sizeBytes: 4,
    modifiedSeconds: 7,
  })
  expect(index['/copy.html']).toEqual(index['/index.html'])
  expect(await readFile(join(folder, one.id, index['/index.html']?.hash ?? ''), 'utf8')).toBe('home')
  expect(await readdir(folder)).toEqual([one.id])
  expect(await readdir(join(folder, one.id))).toHaveLength(4)
  await Promise.all([keeper.fetch(one, live), keeper.fetch(one, live)])
  expect(reads).toEqual(['/one'])
})

it('what does not come whole is not there, and is tried again', async () => {
  const keeper = await open()
  await expect(keeper.fetch(one, live)).rejects.toThrow('nobody has /one')
  expect(await readdir(folder)).toEqual([])
  await keeper.keep([one])
  expect(keeper.isUnsettled()).toBe(false)
  expect(said).toEqual(['static files cannot be had'])
  images['/one'] = { '/index.html': 'home' }
  nowMs += 30_000
  expect(keeper.isUnsettled()).toBe(true)
  await keeper.keep([one])
  expect(keeper.isUnsettled()).toBe(false)
  expect(await readdir(folder)).toEqual([one.id])
})

it.each([
  ['too many', { files: 1, bytes: 100 }, 'more than 1 files'],
  ['too large', { files: 10, bytes: 3 }, 'more than 0 MB'],
])('%s files are refused, and nothing is left', async (_what, limits, message) => {
  images['/one'] = { '/a': 'aa', '/b': 'bb' }
  const keeper = await open({ limits })
  await expect(keeper.fetch(one, live)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining(message),
  })
  expect(await readdir(folder)).toEqual([])
})

it('a folder without files is no site', async () => {
  images['/one'] = {}
  await expect((await open()).fetch(one, live)).rejects.toThrow('there are no files in it')
})

it('what nobody wants goes after an hour, and not before anybody has said what is wanted', async () => {
  images['/one'] = { '/a': '1' }
  images['/two'] = { '/a': '2' }
  const keeper = await open()
  await keeper.fetch(one, live)
  await keeper.fetch(two, live)
  nowMs += 3_600_000
  await keeper.tidy()
  expect(await readdir(folder)).toHaveLength(2)
  await keeper.keep([two])
  nowMs += 3_599_999
  await keeper.tidy()
  expect(await readdir(folder)).toEqual([two.id])
  nowMs += 7_200_000
  await keeper.tidy()
  expect(await readdir(folder)).toEqual([two.id])
  await keeper.keep([])
  nowMs += 3_600_000
  await keeper.tidy()
  expect(await readdir(folder)).toEqual([])
})

it('an agent that is started again keeps what is whole, and removes what a power cut left', async () => {
  images['/one'] = { '/a': '1' }
  images['/two'] = { '/a': '22' }
  const first = await open()
  await first.fetch(one, live)
  await first.fetch(two, live)
  const { hash = '' } = (await readIndexOf(two))['/a'] ?? {}
  await truncate(join(folder, two.id, hash), 0)
  await mkdir(join(folder, `${one.id}.part`))
  await writeFile(join(folder, 'stray'), '')
  const second = await open()
  expect(await readdir(folder)).toEqual([one.id])
  await second.keep([one, two])
  expect(reads).toEqual(['/one', '/two', '/two'])
  expect(await readdir(folder)).toHaveLength(2)
})

it('who asked may leave; the others get it', async () => {
  const gate = Promise.withResolvers<void>()
  images['/one'] = { '/a': '1' }
  const slow: ImageFolders = {
    read: async (...order) => {
      await gate.promise
      await folders.read(...order)
    },
  }
  const keeper = await open({ folders: slow })
  const leaving = new AbortController()
  const [left, stays] = [keeper.fetch(one, leaving.signal), keeper.fetch(one, live)]
  leaving.abort(new Error('enough'))
  await expect(left).rejects.toThrow('enough')
  gate.resolve()
  await stays
  expect(await readdir(folder)).toEqual([one.id])
})
