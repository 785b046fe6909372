import { describe, expect, test } from 'vitest'
import { judgeGossip } from './judge-gossip.ts'

const names = ['node-1', 'node-2', 'node-3']
const nodes = names.map((name, at) => ({ name, address: `10.0.0.${at + 1}`, isManager: at === 0 }))
const [, from = { name: '', address: '', isManager: false }] = nodes
const sinceMs = Date.parse('2026-11-22T08:00:00Z')

const say = (words: string, at = '2026-11-22T09:00:05.123456789+01:00'): string =>
  `time="${at}" level=warning msg="memberlist: ${words}"`
const lost = 'Was able to connect to 0ab1c2d3e4f5 but other probes failed, network may be misconfigured'
/** Seconds after it joined. */
const sayAt = (seconds: number, words = lost): string => say(words, new Date(sinceMs + seconds * 1000).toISOString())

const joined = 'time="2026-11-22T07:00:00Z" level=info msg="Node 0ab1c2d3e4f5/10.0.0.1, joined gossip cluster"'

const judge = (lines: readonly string[], seconds = 30) =>
  judgeGossip(from, { nodes, log: [joined, ...lines].join('\n'), sinceMs, nowMs: sinceMs + seconds * 1000 })

describe('what an engine says of peers it does not hear by UDP', () => {
  test.each([
    ['of these years', lost],
    ['of later ones', lost.replace('but other probes failed', 'over TCP but UDP probes failed')],
    [
      'of before',
      'Was able to reach 0ab1c2d3e4f5 via TCP but not UDP, network may be misconfigured and not allowing bidirectional UDP',
    ],
  ])('engines %s', (_, words) => {
    const lines = ['time="x" level=info msg="Loading containers"', ...[2, 5, 12].map((at) => sayAt(at, words))]
    const { findings, isOpen } = judge(lines)
    expect(findings.map(({ message }) => message)).toEqual(['node-2 reaches node-1 at 7946/tcp and not at 7946/udp'])
    expect(isOpen).toBe(false)
  })

  test.each([
    ['said before', say(lost, '2026-11-22T07:59:59Z')],
    ['of a node that is none any more', sayAt(5, lost.replace('0ab1', '9ab1'))],
    ['of anything else', say('Suspect 0ab1c2d3e4f5 has failed, no acks received')],
    ['without a time', lost],
  ])('nothing is made of what was %s', (_, line) =>
    expect(judge([line, line, line], 5)).toEqual({ findings: [], isOpen: false }),
  )

  test.each([
    ['once', [28]],
    ['often, but for a moment', [24, 25, 26, 27, 28]],
    ['for a while, but twice', [10, 28]],
  ])('what it says %s is to be looked at again, and nothing once it is over', (_, times) => {
    const lines = times.map((at) => sayAt(at))
    expect(judge(lines, 30)).toEqual({ findings: [], isOpen: true })
    expect(judge(lines, 40)).toEqual({ findings: [], isOpen: false })
  })

  test('among many nodes it is longer until one is tried again', () => {
    const many = Array.from({ length: 20 }, (_, at) => ({
      ...from,
      name: `node-${at + 1}`,
      address: `10.0.0.${at + 1}`,
    }))
    const log = [joined, sayAt(1)].join('\n')
    const isOpenAt = (seconds: number): boolean =>
      judgeGossip(from, { nodes: many, log, sinceMs, nowMs: sinceMs + seconds * 1000 }).isOpen
    expect([isOpenAt(40), isOpenAt(41)]).toEqual([true, false])
  })

  test('the remedy is a line for the firewalls at both ends', () => {
    const [finding] = judge([1, 9, 20].map((at) => sayAt(at))).findings
    expect(finding).toMatchObject({ about: 'gossip', from: 'node-2', to: 'node-1' })
    expect(finding?.remedy).toContain('on node-1: iptables -I INPUT -p udp -s 10.0.0.2 --dport 7946 -j ACCEPT')
    expect(finding?.remedy).toContain('the same on node-2 for 10.0.0.1')
  })
})
