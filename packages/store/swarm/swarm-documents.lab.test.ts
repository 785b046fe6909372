import { randomUUID } from 'node:crypto'
import { openSwarmEngine } from '@atoll/engine/swarm'
import type { SwarmEngine } from '@atoll/engine/swarm'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeDocuments } from '../documents.contract.ts'
import type { Documents } from '../documents.ts'
import { ConflictError, StoreError } from '../errors.ts'
import { createSwarmDocuments } from './swarm-documents.ts'

const clock = { now: () => Date.now() }
const live = (timeoutMs = 150_000): AbortSignal => AbortSignal.timeout(timeoutMs)
/** The lab is shared and outlives us; every run has ids of its own. */
const run = randomUUID().slice(0, 8)
const unique = (name: string): string => `${run}.${name}`

let lab: TestLab
let engines: readonly SwarmEngine[]
let documents: readonly Documents[]

beforeAll(async () => {
  lab = await openTestLab({ nodes: 3 })
  // Each manager is asked by itself and without patience, so that its refusals are seen.
  engines = lab.nodes.map(({ socket }) =>
    openSwarmEngine({
      endpoints: [{ kind: 'unix', path: socket, name: socket }],
      variables: {},
      now: clock.now,
      patienceMs: 0,
    }),
  )
  documents = engines.map(({ configs }) => createSwarmDocuments({ api: configs, clock }))
})

afterAll(async () => {
  await removeAll()
  for (const engine of engines) await engine[Symbol.asyncDispose]()
})

const removeAll = async (): Promise<void> => {
  const [{ configs }] = engines as readonly [SwarmEngine]
  const left = await configs.list({ labels: {}, namePrefix: 'atoll' }, live())
  const ours = left.filter(({ labels }) => labels['atoll.document.id']?.startsWith(run))
  for (const { id } of ours) await configs.remove(id, live())
}

describeDocuments('a Swarm', () => ({ documents: documents[0]!, unique, writersAtOnce: 8, propertyRuns: 3 }))

it('shows at every manager what was written at one, and wakes its watchers', async () => {
  const [one, two, three] = documents as readonly [Documents, Documents, Documents]
  const id = unique('managers')
  const watched = three.watch('notes', id, live())[Symbol.asyncIterator]()
  const first = watched.next()
  await one.put('notes', id, { expected: 0, value: 'from one' }, live())
  expect(await two.find('notes', id, live())).toMatchObject({ value: 'from one' })
  expect((await first).value).toMatchObject({ value: 'from one' })
  await expect(two.put('notes', id, { expected: 0, value: 'late' }, live())).rejects.toBeInstanceOf(ConflictError)
  await two.put('notes', id, { expected: 1, value: 'from two' }, live())
  expect((await watched.next()).value).toMatchObject({ revision: 2, value: 'from two' })
  await watched.return?.()
})

it('says that there is no quorum and that it may pass, loses nothing that was acknowledged, and goes on', async () => {
  const id = unique('quorum')
  await documents[0]!.put('notes', id, { expected: 0, value: 'before' }, live())
  await lab.cut('node-2')
  await lab.cut('node-3')
  const during = await putUntilRefused(documents[0]!, id)
  expect(during.refusal).toBeInstanceOf(StoreError)
  expect(during.refusal).toMatchObject({ retry: true })
  await lab.restore()
  const found = await documents[1]!.find<string>('notes', id, live())
  expect(found?.revision).toBeGreaterThanOrEqual(during.acknowledged)
  expect(
    await documents[2]!.put('notes', id, { expected: found?.revision ?? 0, value: 'after' }, live()),
  ).toMatchObject({
    value: 'after',
  })
}, 400_000)

/** The leader may take a moment to see that it is alone. */
const putUntilRefused = async (
  store: Documents,
  id: string,
): Promise<{ readonly acknowledged: number; readonly refusal: unknown }> => {
  for (let acknowledged = 1; acknowledged < 100; acknowledged++) {
    try {
      await store.put('notes', id, { expected: acknowledged, value: acknowledged }, live())
    } catch (refusal) {
      return { acknowledged, refusal }
    }
  }
  return { acknowledged: 100, refusal: undefined }
}
