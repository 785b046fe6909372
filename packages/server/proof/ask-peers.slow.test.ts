import { once } from 'node:events'
import { execa } from 'execa'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { askPeers } from './ask-peers.ts'
import type { NodeReport, Peer } from './ask-peers.ts'
import { judgeProof } from './judge-proof.ts'
import { parseReport } from './parse-report.ts'
import { renderProof } from './render-proof.ts'

/** A door that is open, and a port that nobody listens at. */
const openDoors = async () => {
  const open = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => open.once('listening', resolve))
  const { port } = open.address() as AddressInfo
  return { door: `127.0.0.1:${port}`, [Symbol.dispose]: () => void open.close() }
}

/** A node that is its own peer: what it asks itself goes the whole way. */
const askSelf = (peer: Partial<Peer>, port: number): Promise<NodeReport | undefined> =>
  askTwice({ node: 'one', host: 'localhost', doors: [], ...peer }, port)

const askTwice = async (peer: Peer, port: number): Promise<NodeReport | undefined> => {
  const ended = new AbortController()
  let last: NodeReport | undefined
  const request = { node: 'one', port, peers: [peer] }
  let rounds = 0
  await askPeers(
    request,
    (report) => {
      last = structuredClone(report)
      if ((rounds += 1) === 2) ended.abort()
    },
    ended.signal,
  )
  return last
}

test('what comes through is told of, and nothing else', async () => {
  using doors = await openDoors()
  const report = await askSelf({ doors: [doors.door] }, 17_001)
  expect(report).toMatchObject({
    isComplete: true,
    peers: {
      one: { isResolved: true, tcp: true, udp: true, largeTcp: true, largeUdp: true, hasHeard: true, closed: [] },
    },
  })
  expect(Math.abs(report?.peers['one']?.skewMs ?? 9_999)).toBeLessThan(1_000)
})

test('a closed door is named', async () => {
  const report = await askSelf({ doors: ['127.0.0.1:1'] }, 17_002)
  expect(report).toMatchObject({ isComplete: false, peers: { one: { tcp: true, closed: ['127.0.0.1:1'] } } })
})

test('a node that takes no tasks is asked at its doors alone', async () => {
  using doors = await openDoors()
  const open = await askTwice({ node: 'two', doors: [doors.door] }, 17_004)
  expect(open).toMatchObject({ isComplete: true, peers: { two: { isResolved: false, closed: [] } } })
  const shut = await askTwice({ node: 'two', doors: [doors.door, '127.0.0.1:1'] }, 17_005)
  expect(shut).toMatchObject({ isComplete: false, peers: { two: { closed: ['127.0.0.1:1'] } } })
})

test('a name nobody knows is no peer', async () => {
  const report = await askSelf({ host: 'nobody.invalid' }, 17_003)
  expect(report).toMatchObject({
    isComplete: false,
    peers: { one: { isResolved: false, tcp: false, hasHeard: false } },
  })
})

test('the container is given a program that runs as it is', async () => {
  const node = { id: 'abc', name: 'node-1', address: '127.0.0.1', isManager: false }
  const file = renderProof({ nodes: [node], image: 'sha256:1', node: process.execPath }) as {
    readonly services: Readonly<Record<string, { readonly command: readonly string[] }>>
  }
  // As compose takes away what was escaped.
  const command = file.services['peer-1']?.command.map((word) => word.replaceAll('$$', '$')) ?? []
  const child = execa(process.execPath, [...command], { reject: false, forceKillAfterDelay: 5_000 })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  expect(parseReport(said.toString())).toMatchObject({ node: 'node-1', peers: {}, isComplete: true })
  child.kill()
  expect((await child).exitCode).toBe(0)
  expect(judgeProof([node], [])).toMatchObject([{ about: 'silent' }])
})
