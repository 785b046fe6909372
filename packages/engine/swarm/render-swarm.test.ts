import { createApp, createFile, createNetwork, createService } from '@atoll/plan/fixtures'
import { expect, test } from 'vitest'
import { renderSwarm } from './render-swarm.ts'

test('shows every body a deploy would send, and nothing that belongs to others', () => {
  const secret = createFile('key', '1')
  const app = createApp([createService('web')], {
    networks: [createNetwork('back'), { ...createNetwork('proxy'), isExternal: true }],
    configs: [{ ...createFile('motd', '1'), dataBase64: 'eA==' }],
    secrets: [secret],
  })
  const bodies = renderSwarm(app, { [secret.engineName]: Uint8Array.from([120]) })
  expect(Object.values(bodies).map((list) => list.map(({ Name }: { readonly Name: string }) => Name))).toEqual([
    ['shop_test_back'],
    ['shop_test_motd_1'],
    ['shop_test_key_1'],
    ['shop_test_web'],
  ])
  expect(bodies.secrets[0]?.Data).toBe('eA==')
  expect(renderSwarm(app).secrets[0]?.Data).toBe('')
})
