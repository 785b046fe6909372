import { openStage } from '@atoll/deploy/stage'
import { expect, test } from 'vitest'
import { addPerson, openTestControl } from '../test-control.ts'

const live = new AbortController().signal

test('who is signed in is told of all managers, and nobody else is', async () => {
  const stage = openStage()
  await using opened = await openTestControl(stage)
  const token = await addPerson(opened, { name: 'ann', grants: [{ role: 'viewer' }] })
  const ask = async (path: string, headers: Record<string, string>) =>
    (await fetch(opened.url + path, { headers })).headers.get('x-atoll-controls')
  await opened.client(token).call('listNodes', {}, live)
  const managers = stage.engine.world.nodes.filter(({ isManager }) => isManager).map(({ address }) => address)
  expect(managers.length).toBeGreaterThan(0)
  expect(await ask('/v1/apps', { authorization: `Bearer ${token}` })).toBe(managers.join(','))
  expect(await ask('/v1/health', {})).toBeNull()
})
