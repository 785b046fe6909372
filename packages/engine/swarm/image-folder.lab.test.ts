import { mkdtempSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import type { FolderFile } from '../routing.ts'
import { resolveEndpoints, openNodeEngine } from './index.ts'
import type { LocalEngine, SwarmEngine } from './index.ts'
import { openLabEngine } from './lab-engine.ts'

let lab: TestLab
let engine: SwarmEngine
let node: LocalEngine
let folder: string
let image: string
const soon = (): AbortSignal => AbortSignal.timeout(120_000)
const modifiedSeconds = 1_700_000_000

beforeAll(async () => {
  lab = await openTestLab({ nodes: 1 })
  engine = await openLabEngine(lab)
  const [endpoint] = await resolveEndpoints({ engines: [`unix://${lab.nodes[0]?.socket}`], variables: {} })
  if (endpoint === undefined) throw new Error('the lab has no node')
  node = openNodeEngine(endpoint, Date.now)
  folder = mkdtempSync(join(tmpdir(), 'atoll-folder-'))
  for (const path of ['good/sub', 'good/.git', 'good/.well-known', 'links', 'empty'])
    mkdirSync(join(folder, path), { recursive: true })
  for (const path of [
    'good/index.html',
    'good/sub/a b.txt',
    'good/.git/config',
    'good/.env',
    'good/.well-known/x',
    'links/real',
  ])
    writeFileSync(join(folder, path), path)
  utimesSync(join(folder, 'good/index.html'), modifiedSeconds, modifiedSeconds)
  symlinkSync('/etc/passwd', join(folder, 'links/passwd'))
  symlinkSync('good', join(folder, 'current'))
  const build = {
    context: folder,
    dockerfile: 'Dockerfile',
    dockerfileInline: 'FROM scratch\nCOPY . /site\n',
    args: {},
    labels: {},
    extraHosts: [],
    platforms: [],
    tags: [],
    isPulling: false,
    noCache: false,
  }
  const reference = `${lab.registry}/static/folders:1`
  image = await engine.buildImage({ build, reference, onLine: () => undefined }, soon())
})
afterAll(async () => {
  await node?.[Symbol.asyncDispose]()
  await engine?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const read = async (path: string, from = image): Promise<Readonly<Record<string, string>>> => {
  const seen: Record<string, string> = {}
  const take = async ({ path: name, content, sizeBytes }: FolderFile): Promise<void> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk)
    seen[name] = Buffer.concat(chunks).toString()
    expect(sizeBytes).toBe(seen[name]?.length)
  }
  await node.folders.read({ image: from, path }, take, soon())
  return seen
}

const good = {
  '/index.html': 'good/index.html',
  '/sub/a b.txt': 'good/sub/a b.txt',
  '/.well-known/x': 'good/.well-known/x',
}

it('files of an image are read, and what is hidden is not; no container is left', async () => {
  expect(await read('/site/good')).toEqual(good)
  expect(await read('/site/current')).toEqual(good)
  const left = await lab.run('node-1', ['docker', 'ps', '--all', '--quiet', '--filter', 'label=atoll.image-folder'])
  expect(left).toBe('')
})

it('an image that is not here is pulled', async () => {
  await lab.run('node-1', ['docker', 'image', 'rm', '--force', image])
  expect(await read('/site/good')).toEqual(good)
})

it('an image by its id needs no registry', async () => {
  const id = (await lab.run('node-1', ['docker', 'image', 'inspect', '--format', '{{.Id}}', image])).trim()
  expect(await read('/site/good', id)).toEqual(good)
})

it('times come along', async () => {
  let seconds = 0
  const take = async (file: FolderFile): Promise<void> => {
    if (file.path === '/index.html') seconds = file.modifiedSeconds
  }
  await node.folders.read({ image, path: '/site/good' }, take, soon())
  expect(seconds).toBe(modifiedSeconds)
})

it('what cannot be had, or is no file, is refused in words', async () => {
  await expect(read('/site/links')).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('/passwd is a symlink'),
  })
  await expect(read('/nowhere')).rejects.toThrow('the image has no such folder')
  await expect(read('/site/links/real')).rejects.toThrow('the image has no such folder')
  expect(await read('/site/empty')).toEqual({})
  const none = `${lab.registry}/static/none@sha256:${'0'.repeat(64)}`
  await expect(read('/site', none)).rejects.toMatchObject({ code: 'refused' })
  await expect(read('/site', `sha256:${'0'.repeat(64)}`)).rejects.toThrow('this node has no image of this id')
})
