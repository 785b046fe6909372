import { openFakeEngine } from '@atoll/engine/fake'
import { expect, it } from 'vitest'
import { openTestAgent } from '../testing.ts'

const live = new AbortController().signal

it('lets nobody take the labels of nodes that are the platform’s own, but for those of a drain and of a witness', async () => {
  const engine = openFakeEngine()
  await using agent = await openTestAgent(engine)
  const change = (key: string) => agent.remote.changeNode('node2id', { labels: { [key]: '1' } }, live)
  const labels = () => engine.world.nodes.find(({ id }) => id === 'node2id')?.labels
  await expect(change('atoll.secret')).rejects.toMatchObject({ code: 'refused' })
  const removal = agent.remote.changeNode('node2id', { removedLabels: ['Atoll.x'] }, live)
  await expect(removal).rejects.toMatchObject({ code: 'refused' })
  expect(labels()).toEqual({ zone: 'b' })
  await change('atoll.drain')
  await change('atoll.witness')
  await change('disk')
  expect(labels()).toEqual({ zone: 'b', 'atoll.drain': '1', 'atoll.witness': '1', disk: '1' })
})
