import type { Engine } from '@atoll/engine'
import { openFakeEngine } from '@atoll/engine/fake'
import { createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { openTestAgent } from './testing.ts'

const live = new AbortController().signal
const ref = { app: 'shop', environment: 'production' }

const joining = (network: string, engineName: string) =>
  createService('web', {
    engineName: 'shop_production_web',
    image: 'registry.test/base:1',
    networks: [{ network, engineName, aliases: [], driverOptions: {} }],
  })

it('the engine hears which networks of other apps an owner allowed this one, and of none unless it is allowed', async () => {
  const told: unknown[] = []
  const apply: Engine['apply'] = async (_action, { sharedNetworks }) => void told.push(sharedNetworks)
  await using agent = await openTestAgent({ ...openFakeEngine(), apply })
  const send = (network: string, engineName: string): Promise<void> => {
    const service = joining(network, engineName)
    return agent.remote.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, live)
  }
  await send('other', 'bank_production_default')
  const value = { networks: ['bank_production_default'] }
  await agent.documents.put('allowance', 'shop', { expected: 0, value }, live)
  await send('default', 'shop_production_default')
  await send('other', 'bank_production_default')
  expect(told).toEqual([[], [], ['bank_production_default']])
})
