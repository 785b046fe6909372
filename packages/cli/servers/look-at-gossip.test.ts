import type { HeldNode } from '@atoll/plan'
import type { Server, ServerFacts } from '@atoll/server'
import { expect, test } from 'vitest'
import { lookAtGossip } from './look-at-gossip.ts'

const joinedAtMs = Date.parse('2026-11-22T08:00:00Z')
const facts = { hasServiceManager: true, clock: { aheadMs: 0, uncertainMs: 0 } } as ServerFacts
const nodeAt = (address: string) => ({ id: address, name: address, address, role: 'worker' }) as HeldNode
const [node, peer] = [nodeAt('10.0.0.1'), nodeAt('10.0.0.2')]

const at = (second: number): string => `time="${new Date(joinedAtMs + second * 1000).toISOString()}"`
const joined = `${at(0)} level=info msg="Node 0ab1/${peer.address}, joined gossip cluster"`
const lost = (second: number): string =>
  `${at(second)} msg="memberlist: Was able to connect to 0ab1 but other probes failed, network may be misconfigured"`

/** A look each second; packets are lost in those that are said. */
const look = async (isLost: (second: number) => boolean) => {
  let second = 0
  const log = (): string =>
    [
      joined,
      ...Array.from({ length: second + 1 }, (_, each) => each)
        .filter(isLost)
        .map(lost),
    ].join('\n')
  const server = { name: 'one', run: async () => ({ status: 0, stdout: log(), stderr: '' }) } as unknown as Server
  const notes: string[] = []
  const found = await lookAtGossip(
    { clock: { now: () => joinedAtMs + second * 1000 }, signal: AbortSignal.timeout(10_000) },
    { server, facts, node, nodes: [node, peer], sinceMs: joinedAtMs, onNote: (note) => notes.push(note) },
    async () => void (second += 1),
  )
  return { found: found.map(({ to }) => to), notes: notes.length, second }
}

test('what was lost in a busy moment is looked at until that is over', async () => {
  expect(await look((second) => second < 4)).toEqual({ found: [], notes: 1, second: 13 })
})

test('what is lost again and again is found', async () => {
  expect(await look((second) => second % 2 === 0)).toEqual({ found: [peer.name], notes: 1, second: 10 })
})

test('who loses nothing is asked once', async () => {
  expect(await look(() => false)).toEqual({ found: [], notes: 0, second: 0 })
})
