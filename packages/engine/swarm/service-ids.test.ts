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

const networks = [
  { Id: 'ours', Name: 'shop_test_default', Labels: { 'atoll.app': 'shop' } },
  { Id: 'theirs', Name: 'bank_production_default', Labels: { 'atoll.app': 'bank' } },
  { Id: 'anybodys', Name: 'meeting', Labels: {} },
]
const networksApi: Api = {
  ...api,
  json: async (_call, shape) =>
    shape.parse(networks.map((network) => ({ ...network, Scope: 'swarm', Driver: 'overlay' }))),
}

const join = async (names: readonly string[], sharedNetworks?: readonly string[]) => {
  const attachments = names.map((engineName) => ({ network: 'n', engineName, aliases: [], driverOptions: {} }))
  const service = createService('web', { networks: attachments })
  const query = { service, app: 'shop', ...(sharedNetworks && { sharedNetworks }) }
  return (await findIds(networksApi, query, new AbortController().signal)).networks
}

test('an app joins the network of another where that is shared with it, or where the caller holds the engine', async () => {
  expect(await join(['shop_test_default', 'meeting'], [])).toEqual({ shop_test_default: 'ours', meeting: 'anybodys' })
  await expect(join(['bank_production_default'], ['bank_staging_default'])).rejects.toMatchObject({
    code: 'refused',
    message:
      'join network bank_production_default: it is app bank\'s; an owner allows it with "atoll allow shop --network bank_production_default"',
  })
  const theirs = { bank_production_default: 'theirs' }
  expect(await join(['bank_production_default'], ['bank_production_default'])).toEqual(theirs)
  expect(await join(['bank_production_default'])).toEqual(theirs)
})

test('what is not there is named', async () => {
  await expect(find('nowhere')).rejects.toMatchObject({ code: 'not-found' })
})
