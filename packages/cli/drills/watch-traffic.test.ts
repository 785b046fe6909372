import { expect, it } from 'vitest'
import { openTrafficWatch } from './watch-traffic.ts'

it('counts what no other node answers, how long that lasts, and leaves out what nobody answered before', async () => {
  let nowMs = 0
  const open = new Set(['b:80', 'a:81'])
  const target = (service: string, port: number) => ({ service, port, addresses: ['b', 'c'], before: ['a', 'b', 'c'] })
  const watch = await openTrafficWatch([target('web', 80), target('api', 81), target('old', 82)], {
    ask: async (address, port) => open.has(`${address}:${port}`),
    now: () => nowMs,
  })
  const ask = async (atMs: number): Promise<void> => {
    nowMs = atMs
    await watch.ask()
  }
  await ask(100)
  open.delete('b:80')
  await ask(200)
  await ask(700)
  open.add('c:80')
  await ask(800)
  expect(watch.unseen).toEqual(['old at 82'])
  expect(watch.count()).toEqual([
    { service: 'web', port: 80, sent: 4, failed: 2, longestMs: 600 },
    { service: 'api', port: 81, sent: 4, failed: 4, longestMs: 800 },
  ])
})
