import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openRecovery } from './recovery.ts'

const signal = new AbortController().signal
const managers = [
  { NodeID: 'a', Addr: '10.0.0.1:2377' },
  { NodeID: 'b', Addr: '10.0.0.2:2377' },
]
const info = (over: object) => ({
  Name: 'node-1',
  Swarm: {
    NodeID: 'a',
    NodeAddr: '10.0.0.1',
    LocalNodeState: 'active',
    ControlAvailable: true,
    RemoteManagers: managers,
    ...over,
  },
})

let folder: string
let server: Server
let answers: Readonly<Record<string, readonly [status: number, body: unknown]>>
let asked: { readonly path: string; readonly body: unknown }[]

const answer = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
  const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')
  const body = await text(request)
  if (request.method === 'POST') asked.push({ path, body: body === '' ? undefined : JSON.parse(body) })
  return answers[path] ?? [200, {}]
}

const open = () => openRecovery({ kind: 'unix', name: 'here', path: join(folder, 'docker.sock') })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atoll-recovery-'))
  asked = []
  answers = {}
  server = createServer((request, reply) => {
    void answer(request).then(([status, body]) => {
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(join(folder, 'docker.sock'), resolve))
})
afterEach(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

const version = { '/version': [200, { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' }] } as const
const voter = (Reachability: string) => ({ ManagerStatus: { Reachability } })

it.each<[string, readonly [number, unknown], boolean]>([
  ['they answer', [200, [voter('reachable'), voter('reachable'), voter('unreachable')]], true],
  ['the one that led is alone', [200, [voter('reachable'), voter('unreachable'), voter('unreachable'), {}]], false],
  ['there is no leader', [500, { message: 'The swarm does not have a leader.' }], false],
])('managers work together or not: %s', async (_what, nodes, hasQuorum) => {
  answers = { ...version, '/info': [200, info({})], '/containers/json': [200, [{ Id: 'x' }]], '/nodes': nodes }
  await using recovery = open()
  expect(await recovery.look(signal)).toEqual({
    name: 'node-1',
    nodeId: 'a',
    address: '10.0.0.1',
    role: 'manager',
    hasQuorum,
    others: [{ nodeId: 'b', address: '10.0.0.2:2377' }],
    tasks: 1,
  })
})

it('a Swarm is begun anew at the address this manager had', async () => {
  answers = { ...version, '/info': [200, info({})], '/containers/json': [200, []], '/nodes': [200, []] }
  await using recovery = open()
  await recovery.beginAnew(signal)
  expect(asked).toEqual([
    {
      path: '/swarm/init',
      body: { ListenAddr: '0.0.0.0:2377', AdvertiseAddr: '10.0.0.1', ForceNewCluster: true, Spec: {} },
    },
  ])
})

it.each<[string, object, readonly string[]]>([
  ['leaves the Swarm it was in, then joins', {}, ['/swarm/leave', '/swarm/join']],
  ['joins when it is in none', { NodeID: '', LocalNodeState: 'inactive', ControlAvailable: false }, ['/swarm/join']],
])('a server that comes back %s', async (_what, over, paths) => {
  answers = {
    ...version,
    '/info': [200, info(over)],
    '/containers/json': [200, []],
    '/nodes': [500, { message: 'The swarm does not have a leader.' }],
  }
  await using recovery = open()
  await recovery.joinAnew({ manager: '10.0.0.2:2377', token: 'secret' }, signal)
  expect(asked.map(({ path }) => path)).toEqual(paths)
  expect(asked.at(-1)?.body).toMatchObject({
    RemoteAddrs: ['10.0.0.2:2377'],
    JoinToken: 'secret',
    AdvertiseAddr: '10.0.0.1',
  })
})
