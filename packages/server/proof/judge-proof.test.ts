import { describe, expect, test } from 'vitest'
import type { NodeReport, PeerReport } from './ask-peers.ts'
import { judgeProof } from './judge-proof.ts'

const names = ['node-1', 'node-2', 'node-3']
const nodes = names.map((name, at) => ({ name, address: `10.0.0.${at + 1}`, isManager: at === 0 }))

const well: PeerReport = {
  isResolved: true,
  tcp: true,
  udp: true,
  largeTcp: true,
  largeUdp: true,
  hasHeard: true,
  closed: [],
  skewMs: 3,
}
const deaf = { tcp: false, udp: false, largeTcp: false, largeUdp: false }

type Changes = Readonly<Record<string, Partial<PeerReport>>>

/** `changes` by `FROM TO`. */
const reportsOf = (changes: Changes, badChecksums: Readonly<Record<string, number>> = {}): readonly NodeReport[] =>
  names.map((node) => ({
    node,
    peers: Object.fromEntries(
      names.filter((name) => name !== node).map((name) => [name, { ...well, ...changes[`${node} ${name}`] }]),
    ),
    badChecksums: badChecksums[node] ?? 0,
    isComplete: true,
  }))

const judge = (changes: Changes, badChecksums?: Readonly<Record<string, number>>): readonly string[] =>
  judgeProof(nodes, reportsOf(changes, badChecksums)).map(({ about, from, to }) => `${about} ${from} ${to}`)

test('where all comes through nothing is found', () => expect(judge({})).toEqual([]))

test.each<[string, Changes, readonly string[]]>([
  ['2377/tcp', { 'node-2 node-1': { closed: ['10.0.0.1:2377'] } }, ['managers node-2 node-1']],
  ['7946/tcp', { 'node-2 node-3': { closed: ['10.0.0.3:7946'] } }, ['gossip node-2 node-3']],
  ['7946/udp', { 'node-2 node-1': { ...deaf, isResolved: false } }, ['gossip node-2 node-1']],
  [
    '4789/udp at node-1, from node-2: its questions do not arrive, answers to others would',
    { 'node-2 node-1': deaf, 'node-1 node-2': { ...deaf, hasHeard: false } },
    // node-2 hears the questions of node-1, whose answers are those that are lost.
    ['overlay node-2 node-1'],
  ],
  [
    '4789/udp in both directions',
    { 'node-2 node-1': { ...deaf, hasHeard: false }, 'node-1 node-2': { ...deaf, hasHeard: false } },
    ['overlay node-1 node-2', 'overlay node-2 node-1'],
  ],
  ['large datagrams', { 'node-2 node-3': { largeUdp: false } }, ['mtu node-2 node-3']],
  ['large streams', { 'node-2 node-3': { largeTcp: false } }, ['mtu node-2 node-3']],
  [
    'the clock',
    { 'node-1 node-2': { skewMs: 600_000 }, 'node-2 node-1': { skewMs: -600_000 } },
    ['clock node-1 node-2'],
  ],
])('closed or wrong: %s', (_, changes, expected) => {
  expect(judge(changes)).toEqual(expected)
})

test('wrong checksums are told apart from a closed port', () => {
  const changes = { 'node-2 node-1': { ...deaf, hasHeard: true }, 'node-1 node-2': { ...deaf, hasHeard: false } }
  expect(judge(changes, { 'node-1': 12 })).toEqual(['checksums node-2 node-1'])
})

test('of a node that says nothing it is told once', () => {
  const reports = reportsOf({ 'node-1 node-3': deaf, 'node-2 node-3': deaf }).filter(({ node }) => node !== 'node-3')
  expect(judgeProof(nodes, reports)).toMatchObject([{ about: 'silent', from: 'node-3' }])
})

test('of a node that runs no task nothing is expected, and its doors count', () => {
  const idle = nodes.map((node) => ({ ...node, isIdle: node.name === 'node-3' }))
  const unseen = { ...deaf, isResolved: false, hasHeard: false }
  const changes = { 'node-1 node-3': unseen, 'node-2 node-3': { ...unseen, closed: ['10.0.0.3:2377'] } }
  const reports = reportsOf(changes).filter(({ node }) => node !== 'node-3')
  expect(judgeProof(idle, reports)).toMatchObject([{ about: 'managers', from: 'node-2', to: 'node-3' }])
})

describe('the remedy', () => {
  test('is a line for the firewall of the right node', () => {
    const [finding] = judgeProof(nodes, reportsOf({ 'node-2 node-1': { closed: ['10.0.0.1:2377'] } }))
    expect(finding?.message).toBe('node-2 does not reach node-1 at 2377/tcp')
    expect(finding?.remedy).toContain('on node-1: iptables -I INPUT -p tcp -s 10.0.0.2 --dport 2377 -j ACCEPT')
  })
})
