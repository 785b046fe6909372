import { openStage } from '@atoll/deploy/stage'
import { createCompaction, createSwarmDocuments } from '@atoll/store/swarm'
import { createFakeConfigs } from '@atoll/store/testing'
import { expect, it } from 'vitest'
import { openTestControl } from '../test-control.ts'
import { compactDocuments } from './compact-documents.ts'

const never = new AbortController().signal

it('takes away what a killed writer left, an hour after it was first seen, and says so', async () => {
  const stage = openStage()
  await using control = await openTestControl(stage)
  const configs = createFakeConfigs()
  const documents = createSwarmDocuments({ api: configs, clock: stage.clock })
  await documents.put('notes', 'kept', { expected: 0, value: { text: 'here' } }, never)
  const orphan = { 'atoll.document': 'part', 'atoll.document.parts': 'token' }
  await configs.create({ name: 'atoll-part.token.0', labels: orphan, data: new Uint8Array([1]) }, never)
  const stop = new AbortController()
  const work = compactDocuments(control.control, createCompaction({ api: configs, clock: stage.clock }), stop.signal)
  const names = async (): Promise<readonly string[]> =>
    (await configs.list({ labels: {} }, never)).map(({ name }) => name)
  await stage.pass(60_000)
  expect(await names()).toContain('atoll-part.token.0')
  await stage.pass(3 * 3_600_000)
  expect(await names()).toEqual(['atoll.notes.kept.1'])
  expect(control.log).toContainEqual(expect.objectContaining({ event: 'documents compacted', removedParts: 1 }))
  stop.abort()
  await stage.settle(work)
})
