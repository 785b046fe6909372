import { describe, expect, test } from 'vitest'
import { judgeGossip } from './judge-gossip.ts'

const names = ['node-1', 'node-2', 'node-3']
const nodes = names.map((name, at) => ({ name, address: `10.0.0.${at + 1}`, isManager: at === 0 }))
const [, from = { name: '', address: '', isManager: false }] = nodes
const sinceMs = Date.parse('2026-11-22T08:00:00Z')

const say = (words: string, at = '2026-11-22T09:00:05.123456789+01:00'): string =>
  `time="${at}" level=warning msg="memberlist: ${words}"`
const now = 'Was able to connect to 0ab1c2d3e4f5 but other probes failed, network may be misconfigured'

const joined = 'time="2026-11-22T07:00:00Z" level=info msg="Node 0ab1c2d3e4f5/10.0.0.1, joined gossip cluster"'

const judge = (...lines: readonly string[]): readonly string[] =>
  judgeGossip(from, { nodes, log: [joined, ...lines].join('\n'), sinceMs }).map(({ message }) => message)

describe('what an engine says of peers it does not hear by UDP', () => {
  test.each([
    ['of these years', now],
    ['of later ones', now.replace('but other probes failed', 'over TCP but UDP probes failed')],
    [
      'of before',
      'Was able to reach 0ab1c2d3e4f5 via TCP but not UDP, network may be misconfigured and not allowing bidirectional UDP',
    ],
  ])('engines %s', (_, words) => {
    expect(judge('time="x" level=info msg="Loading containers"', say(words), say(words))).toEqual([
      'node-2 reaches node-1 at 7946/tcp and not at 7946/udp',
    ])
  })

  test.each([
    ['said before', say(now, '2026-11-22T07:59:59Z')],
    ['of a node that is none any more', say(now.replace('0ab1', '9ab1'))],
    ['of anything else', say('Suspect 0ab1c2d3e4f5 has failed, no acks received')],
    ['without a time', now],
  ])('nothing is made of what was %s', (_, line) => expect(judge(line)).toEqual([]))

  test('the remedy is a line for the firewalls at both ends', () => {
    const [finding] = judgeGossip(from, { nodes, log: `${joined}\n${say(now)}`, sinceMs })
    expect(finding).toMatchObject({ about: 'gossip', from: 'node-2', to: 'node-1' })
    expect(finding?.remedy).toContain('on node-1: iptables -I INPUT -p udp -s 10.0.0.2 --dport 7946 -j ACCEPT')
    expect(finding?.remedy).toContain('the same on node-2 for 10.0.0.1')
  })
})
