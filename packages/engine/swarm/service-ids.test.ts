import { createService } from '@atoll/plan/fixtures'
import { expect, test } from 'vitest'
import type { Api } from './client.ts'
import { findIds } from './service-ids.ts'

const secrets = [
  { ID: 'ours', name: 'shop_test_key-1', labels: { 'atoll.app': 'shop', 'atoll.environment': 'test' } },
  { ID: 'theirs', name: 'bank_production_key-1', labels: { 'atoll.app': 'bank', 'atoll.environment': 'production' } },
  { ID: 'anybodys', name: 'certificate', labels: {} },
]

/** An engine that, as Docker does, gives what begins with a name too. */
const api: Api = {
  json: async (_call, shape) =>
    shape.parse(
      secrets.map(({ ID, name, labels }) => ({
        ID,
        Version: { Index: 1 },
        CreatedAt: '2026-11-20T10:00:00Z',
        UpdatedAt: '2026-11-20T10:00:00Z',
        Spec: { Name: name, Labels: labels },
      })),
    ),
  send: () => Promise.reject(new Error('not here')),
  stream: () => Promise.reject(new Error('not here')),
  hijack: () => Promise.reject(new Error('not here')),
}

const find = async (...names: readonly string[]) => {
  const references = names.map((engineName) => ({
    name: 'key',
    engineName,
    target: 'key',
    uid: '0',
    gid: '0',
    mode: 0o444,
  }))
  const service = createService('web', { networks: [], secrets: references })
  return (await findIds(api, { service, app: 'shop' }, new AbortController().signal)).secrets
}

test('an app mounts its own secrets and those nobody keeps for an app', async () => {
  expect(await find('shop_test_key-1', 'certificate')).toEqual({ 'shop_test_key-1': 'ours', certificate: 'anybodys' })
})

test('another app keeps its secrets for itself', async () => {
  await expect(find('bank_production_key-1')).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining("it is app bank's"),
  })
})

test('what is not there is named', async () => {
  await expect(find('nowhere')).rejects.toMatchObject({ code: 'not-found' })
})
