import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { createMemoryDocuments } from '../memory/memory-documents.ts'
import { createFakeConfigs } from './fake-configs.ts'
import { createSwarmArchive } from './swarm-archive.ts'
import { createSwarmDocuments } from './swarm-documents.ts'

const { signal } = new AbortController()
const clock = { now: () => 1_000 }

const open = () => {
  const api = createFakeConfigs()
  return { documents: createSwarmDocuments({ api, clock }), archive: createSwarmArchive({ api, clock }), api }
}

const fill = async () => {
  const world = open()
  for (let expected = 0; expected < 13; expected++) {
    await world.documents.put('notes', 'a/b', { expected, value: { expected } }, signal)
  }
  const large = randomBytes(1_200_000).toString('base64')
  await world.documents.put('others', 'large', { expected: 0, value: large }, signal)
  return world
}

it('gives every kept revision, and puts each back as it was: its number, its time, its parts', async () => {
  const { archive } = await fill()
  const all = await archive.readAll(signal)
  expect(all.map(({ collection, revision }) => `${collection} ${revision}`)).toEqual([
    ...[4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((revision) => `notes ${revision}`),
    'others 1',
  ])
  const other = open()
  for (const document of [...all, ...all]) await other.archive.write(document, signal)
  expect(await other.archive.readAll(signal)).toEqual(all)
  expect((await other.documents.put('notes', 'a/b', { expected: 13, value: 'on' }, signal)).revision).toBe(14)
  const memory = createMemoryDocuments({ clock })
  for (const document of all) await memory.archive.write(document, signal)
  expect(await memory.archive.readAll(signal)).toEqual(all)
})

it('writes nothing over what somebody else wrote', async () => {
  const { archive } = await fill()
  const [first] = await archive.readAll(signal)
  if (first === undefined) throw new Error('nothing was written')
  await expect(archive.write({ ...first, value: 'another' }, signal)).rejects.toMatchObject({ code: 'conflict' })
  expect((await archive.readAll(signal))[0]).toEqual(first)
})
