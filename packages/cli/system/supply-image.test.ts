import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ObservedNode } from '@atoll/plan'
import { afterEach, describe, expect, it } from 'vitest'
import { readImageArchive, writeImageArchive } from './image-archive.ts'
import { checkReach, supplyImage } from './supply-image.ts'
import { createTestImages } from './test-images.ts'

const live = new AbortController().signal
const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-image-'))
  folders.push(folder)
  await mkdir(join(folder, 'root/lib'), { recursive: true })
  await writeFile(join(folder, 'root/lib/a'), 'a')
  await writeFile(join(folder, 'program'), '#!', { mode: 0o755 })
  return folder
}

const node = (id: string, more: Partial<ObservedNode> = {}): ObservedNode => ({
  id,
  name: `node-${id}`,
  isManager: true,
  isLeader: false,
  state: 'ready',
  availability: 'active',
  labels: {},
  engineVersion: '',
  engineLabels: {},
  os: 'linux',
  architecture: 'x86_64',
  address: `10.0.0.${id}`,
  nanoCpus: 0,
  memoryBytes: 0,
  ...more,
})

const making = { version: '1.2.3', documents: { writes: 1, reads: 2 } }
const archive = { path: '/x', reference: 'atoll-system:1', architecture: 'amd64' }
const { reference } = archive

describe('the image of the platform', () => {
  it('is the same, byte for byte, for the same files', async () => {
    const [one, other] = [await makeFolder(), await makeFolder()]
    const of = (folder: string) => ({ '': join(folder, 'root') })
    const first = await writeImageArchive(of(one), join(one, 'image'), making)
    const again = await writeImageArchive(of(other), join(other, 'image'), making)
    expect(again).toEqual({ ...first, path: join(other, 'image') })
    expect(first.build).toEqual({
      name: expect.stringMatching(/^1\.2\.3\+[0-9a-f]{12}$/),
      documents: { writes: 1, reads: 2 },
    })
    expect(first.sizeBytes).toBeGreaterThan(1_000)
    expect(await readImageArchive(first.path)).toEqual(first)
    await writeFile(join(other, 'root/lib/a'), 'b')
    expect((await writeImageArchive(of(other), first.path, making)).reference).not.toBe(first.reference)
  })

  it('is not read from what is none', async () => {
    const folder = await makeFolder()
    await expect(readImageArchive(join(folder, 'program'))).rejects.toMatchObject({ code: 'not-an-image' })
    await expect(readImageArchive(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'not-an-image' })
  })

  it('names every node that nobody can give it to, unless there is a registry', async () => {
    const images = createTestImages(['1'])
    const nodes = [node('3'), node('2'), node('1'), node('4', { state: 'down' })]
    const refusal = checkReach({ images, nodes }, live)
    await expect(refusal).rejects.toMatchObject({
      code: 'node-not-reached',
      message: expect.stringContaining('node-2 (10.0.0.2), node-3 (10.0.0.3)'),
      hint: expect.stringContaining('--engine ssh://root@10.0.0.2 --engine ssh://root@10.0.0.3'),
    })
    await checkReach({ images, nodes, registry: '127.0.0.1:5000' }, live)
  })

  it('is loaded where it is not, and started by its id', async () => {
    const images = createTestImages(['1', '2'], { reference })
    images.held.set(`2 ${reference}`, 'sha256:1')
    expect(await supplyImage({ images, nodes: [node('1'), node('2')] }, archive, live)).toBe('sha256:1')
    expect([...images.held]).toEqual([
      [`2 ${reference}`, 'sha256:1'],
      [`1 ${reference}`, 'sha256:1'],
    ])
  })

  it('is started by its digest where there is a registry', async () => {
    const images = createTestImages(['1'], { reference })
    const supply = { images, nodes: [node('1'), node('2')], registry: '127.0.0.1:5000' }
    expect(await supplyImage(supply, archive, live)).toBe('127.0.0.1:5000/atoll/system:latest@sha256:2')
    expect([...images.pushed]).toEqual([['127.0.0.1:5000/atoll/system:latest', reference]])
  })

  it('is not given to engines that would call it differently, or could not run it', async () => {
    const images = createTestImages(['1', '2'], { reference, idOf: (id) => `sha256:${id}` })
    const supply = { images, nodes: [node('1'), node('2')] }
    await expect(supplyImage(supply, archive, live)).rejects.toMatchObject({ code: 'engines-differ' })
    const mixed = { images, nodes: [node('1'), node('2', { architecture: 'aarch64' })] }
    await expect(supplyImage(mixed, archive, live)).rejects.toMatchObject({
      code: 'wrong-processor',
      message: expect.stringContaining('node-2 is arm64'),
    })
  })
})
