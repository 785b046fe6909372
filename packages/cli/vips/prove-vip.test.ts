import { openStage } from '@atoll/deploy/stage'
import { nodes as listNodes } from '@atoll/deploy'
import { applyKeepalived, renderKeepalived } from '@atoll/server/vips'
import type { Vip } from '@atoll/server/vips'
import { expect, test } from 'vitest'
import { proveVip } from './prove-vip.ts'
import { isReached, reachNodes } from './reach-nodes.ts'
import { openTestNetwork } from './test-network.ts'

const { signal } = new AbortController()

/** Three hosts that have an address, applied; and its proof, which may take no time. */
const openApplied = async () => {
  const stage = openStage()
  const { hosts, open } = openTestNetwork(stage.engine.world.nodes)
  const nodes = await listNodes(stage.createContext('ann'), signal)
  const cli = { openServer: async (login: Parameters<typeof open>[0]) => open(login), signal }
  await using stack = new AsyncDisposableStack()
  const way = {
    loginFor: ({ address }: { address: string }) => ({ destination: `root@${address}`, isAlone: true }),
    stack,
  }
  const members = (await reachNodes(cli, nodes, way)).filter(isReached)
  const vip: Vip = {
    address: '192.0.2.10',
    prefixLength: 24,
    routerId: 7,
    isEveryNode: true,
    members: members.map(({ node: { id, name } }, at) => ({
      id,
      name,
      interface: 'eth1',
      address: `192.0.2.${at + 1}`,
    })),
  }
  for (const { node, place } of members) await applyKeepalived(place, renderKeepalived(node.id, [vip]))
  return { hosts, prove: () => proveVip({ vip, members, longestMs: 0 }, signal) }
}

test('one has it, and all others get an answer there', async () => {
  const { prove } = await openApplied()
  expect(await prove()).toBe('node-1')
})

test.each<[string, Partial<Awaited<ReturnType<typeof openApplied>>['hosts'][number]>, string, string]>([
  ['they do not hear each other', { isDeaf: true }, 'node-1 and node-2 have it at once', 'IP protocol 112'],
  ['one gets no answer', { isCutOff: true }, 'node-1 has it, and node-2 got no answer', 'Clouds often do not'],
])('says what is the matter: %s', async (_what, given, message, hint) => {
  const { hosts, prove } = await openApplied()
  Object.assign(hosts[1] ?? {}, given)
  const said = (text: string) => expect.stringContaining(text) as string
  await expect(prove()).rejects.toMatchObject({ code: 'not-proven', message: said(message), hint: said(hint) })
})

test('says that nobody has taken it', async () => {
  const { hosts, prove } = await openApplied()
  for (const host of hosts) host.hasIngress = false
  await expect(prove()).rejects.toMatchObject({ message: expect.stringContaining('no node has taken it') as string })
})
