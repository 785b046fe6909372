import { expect, it } from 'vitest'
import { openTestAgent, testSelf } from './testing.ts'

const live = new AbortController().signal
const ask = { networkId: 'net1', names: ['tasks.shop_test_web'] }

it('a node is asked what names lead to in its networks, and the answer comes back as it is', async () => {
  await using agent = await openTestAgent()
  expect(await agent.remote.names.listNames(live)).toEqual([])
  expect(await agent.remote.names.askNames(testSelf.nodeId, [ask], live)).toEqual([
    { kind: 'not-asked', networkId: 'net1', why: 'no task of the network runs here' },
  ])
})

it.each([
  ['of the world outside', { ...ask, names: ['example.org'] }],
  ['that are options of a program', { ...ask, names: ['--eval=1'] }],
  ['in a network that is none', { ...ask, networkId: '../x' }],
  ['without end', { ...ask, names: Array.from({ length: 201 }, (_, index) => `tasks.${index}`) }],
])('nobody asks for names %s', async (_, question) => {
  await using agent = await openTestAgent()
  const asked = agent.remote.names.askNames(testSelf.nodeId, [question], live)
  await expect(asked).rejects.toMatchObject({ code: 'invalid' })
})
