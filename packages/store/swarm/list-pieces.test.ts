import { expect, it } from 'vitest'
import type { ConfigsApi, StoredConfig } from './configs-api.ts'
import { FakeConfigsError, createFakeConfigs } from './fake-configs.ts'
import { listPieces } from './list-pieces.ts'

const live = (): AbortSignal => AbortSignal.timeout(30_000)
const labels = { ours: 'yes' }
const labelsOf = (name: string) => ({ ...labels, 'atoll.document.revision': name.slice(name.lastIndexOf('.') + 1) })
const names = ['atoll.a.1', 'atoll.a.1.3', 'atoll.a.12', 'atoll.a_b.1', 'atoll.Z-1.1', 'other.1']

/** An engine that answers with so many configs at most. */
const openLimited = async (maxConfigs: number): Promise<ConfigsApi> => {
  const fake = createFakeConfigs()
  for (const name of names) await fake.create({ name, labels: labelsOf(name), data: new Uint8Array() }, live())
  return {
    ...fake,
    list: async (filter, signal) => {
      const found = await fake.list(filter, signal)
      if (found.length <= maxConfigs) return found
      const message = 'rpc error: code = ResourceExhausted desc = grpc: received message larger than max'
      throw Object.assign(new FakeConfigsError('refused'), { message })
    },
  }
}

const gather = async (api: ConfigsApi): Promise<readonly string[]> => {
  const found: StoredConfig[] = []
  for await (const piece of listPieces(api, { labels, namePrefix: 'atoll.' }, live())) found.push(...piece)
  return found.map(({ name }) => name).toSorted()
}

it.each([10, 3, 2])('lists everything once from an engine that answers with %i configs at most', async (maxConfigs) => {
  expect(await gather(await openLimited(maxConfigs))).toEqual(names.slice(0, 5).toSorted())
})

it('throws what else goes wrong', async () => {
  const api = createFakeConfigs(() => Promise.reject(new FakeConfigsError('no-quorum', true)))
  await expect(gather(api)).rejects.toMatchObject({ name: 'StoreError', code: 'no-quorum', retry: true })
})
