import { createSwarmDocuments } from '@atoll/store/swarm'
import { createFakeConfigs } from '@atoll/store/testing'
import { expect, it } from 'vitest'
import { openDocumentsCopy } from './copy.ts'

const never = new AbortController().signal

it('has what reads need of people and of apps, and knows nothing of the rest', async () => {
  const configs = createFakeConfigs()
  const documents = createSwarmDocuments({ api: configs, clock: { now: Date.now } })
  for (const collection of ['person', 'session', 'token', 'environment', 'release', 'deployment', 'sealed', 'audit']) {
    await documents.put(collection, 'shop.test.1', { expected: 0, value: collection }, never)
  }
  await using copy = openDocumentsCopy(configs)
  expect(copy.worstAgeMs()).toBe(Infinity)
  await copy.refresh(never)
  for (const collection of ['person', 'session', 'token', 'environment', 'release', 'deployment']) {
    expect(copy.find(collection, 'shop.test.1')?.value).toBe(collection)
    expect(copy.list(collection, { prefix: 'shop.' })).toHaveLength(1)
    expect(copy.ageMs(collection)).toBeLessThan(60_000)
  }
  expect([copy.ageMs('sealed'), copy.ageMs('audit')]).toEqual([Infinity, Infinity])
  expect(copy.find('sealed', 'shop.test.1')).toBeUndefined()
})
