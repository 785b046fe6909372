import { openAgentServer } from '@atoll/agent'
import { noTasks } from '@atoll/agent/testing'
import { openClient } from '@atoll/api'
import type { Client } from '@atoll/api'
import { createAuthority } from '@atoll/authority'
import { openFakeEngine } from '@atoll/engine/fake'
import { askHealth } from '@atoll/engine/health'
import { openRemoteEngine } from '@atoll/engine/remote'
import { addKey, renderKeyring } from '@atoll/store/sealed'
import { createSwarmDocuments } from '@atoll/store/swarm'
import { createFakeConfigs } from '@atoll/store/testing'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createInvitation } from './auth/invitations.ts'
import { runControl } from './context.ts'
import { caught } from './test-control.ts'

const never = new AbortController().signal

/** An agent over a fake engine, with documents as configs of it. */
const openAgent = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-control-'))
  const socketPath = join(folder, 'agent.sock')
  const engine = openFakeEngine()
  const configs = createFakeConfigs()
  const documents = createSwarmDocuments({ api: configs, clock: { now: Date.now } })
  const [node] = engine.world.nodes
  if (node === undefined) throw new Error('bug: a fake engine without nodes')
  const self = async () => ({ nodeId: node.id, isManager: true, isLeader: true, engineVersion: 'fake' })
  const findService = async () => undefined
  const names = { list: async () => [], ask: async () => [] }
  const directory = { findNode: findService, listAgents: async () => [], names, tasks: noTasks }
  const storage = {
    disk: (signal: AbortSignal) => engine.disk(node.id, signal),
    usage: (signal: AbortSignal) => engine.usage(node.id, signal),
    prune: async () => ({ removed: [], left: [] }),
  }
  const inside = { findService, sample: async () => [], readLog: async function* () {} }
  const around = { node: { ...engine, ...storage, ...inside }, directory }
  const options = { engine, ...around, configs, documents, self, now: Date.now, writeLog: () => {}, socketPath }
  const server = await openAgentServer(options)
  const remote = openRemoteEngine({ socketPath })
  return {
    socketPath,
    node,
    documents: createSwarmDocuments({ api: remote.configs, clock: { now: Date.now } }),
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

const openTlsClient = (port: number, { ca, token }: { readonly ca: string; readonly token?: string }): Client =>
  openClient({
    ...(token === undefined ? {} : { token }),
    send: async ({ method, path, headers, body, signal }) => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request({ host: '127.0.0.1', port, ca, method, path, headers, signal, agent: false }, resolve)
          .on('error', reject)
          .end(body)
      })
      const chunks = async function* (): AsyncGenerator<string> {
        for await (const chunk of response.setEncoding('utf8')) yield String(chunk)
      }
      return {
        status: response.statusCode ?? 0,
        headers: (name) => response.headers[name]?.toString(),
        text: async () => (await Array.fromAsync(chunks())).join(''),
        chunks,
      }
    },
  })

it('serves over TLS of the authority, with the agent of its node behind it, until it is told to stop', async () => {
  await using agent = await openAgent()
  const authority = await createAuthority({ name: 'test', nowMs: Date.now() })
  const stop = new AbortController()
  const listening = Promise.withResolvers<number>()
  const config = {
    socketPath: agent.socketPath,
    healthPath: `${agent.socketPath}.health`,
    port: 0,
    legoPath: '/usr/bin/lego',
    hasIngress: true,
    node: { id: agent.node.id, name: agent.node.name },
    names: ['atoll.example.org'],
    addresses: [],
    authority: JSON.stringify(authority),
    seals: renderKeyring(addKey([], (bytes) => randomBytes(bytes))),
  }
  const writeLine = (line: string): void => {
    const entry = JSON.parse(line) as { readonly event: string; readonly address?: { readonly port: number } }
    if (entry.event === 'listening') listening.resolve(entry.address?.port ?? 0)
  }
  const running = runControl({ config, version: 'test', writeLine }, stop.signal)
  const port = await Promise.race([listening.promise, running.then(() => 0)])

  const { token, document } = createInvitation({ role: 'owner', nowMs: Date.now(), ttlMs: 60_000 })
  await agent.documents.put(document.collection, document.id, { expected: 0, value: document.value }, never)
  const ca = authority.certificatePem
  const body = { token, name: 'anna', password: 'correct horse battery' }
  const session = await openTlsClient(port, { ca }).call('acceptInvitation', { body }, never)
  const client = openTlsClient(port, { ca, token: session.token })
  expect((await client.call('listNodes', {}, never)).items).toHaveLength(3)
  expect(await client.call('getHealth', {}, never)).toMatchObject({ node: agent.node.name, isLeader: true })
  await expect.poll(() => askHealth(config.healthPath, never)).toBeUndefined()

  const other = await createAuthority({ name: 'other', nowMs: Date.now() })
  const deceived = openTlsClient(port, { ca: other.certificatePem }).call('getHealth', {}, never)
  expect(await caught(deceived)).toBeInstanceOf(Error)

  stop.abort()
  await running
  expect(await caught(client.call('getHealth', {}, never))).toMatchObject({ code: 'ECONNREFUSED' })
})
