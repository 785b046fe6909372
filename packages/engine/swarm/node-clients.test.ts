import { afterEach, describe, expect, it } from 'vitest'
import { openClient } from './client.ts'
import type { Client } from './client.ts'
import { openNodeClients } from './node-clients.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import type { ScriptedEngine } from './scripted-engine.ts'

const signal = new AbortController().signal
const cleanups: AsyncDisposable[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup[Symbol.asyncDispose]()
})

const info = (NodeID: string) => ({
  Name: NodeID,
  ServerVersion: '20.10.24',
  SystemTime: '2026-11-20T10:00:00Z',
  DockerRootDir: '/var/lib/docker',
  Swarm: { NodeID, LocalNodeState: 'active', ControlAvailable: true },
})

const nodes = ['a', 'b', 'gone'].map((id) => ({
  ID: id,
  Version: { Index: 1 },
  CreatedAt: '2026-11-20T10:00:00Z',
  UpdatedAt: '2026-11-20T10:00:00Z',
  Spec: { Role: 'worker', Availability: 'active' },
  Description: { Hostname: `host-${id}`, Platform: {}, Resources: {}, Engine: {} },
  Status: { State: id === 'gone' ? 'down' : 'ready', Addr: '10.0.0.9' },
}))

const engineOf = async (id: string | undefined): Promise<ScriptedEngine> => {
  const engine = await openScriptedEngine((request, response) => {
    if (id === undefined) return
    reply(response, 200, request.url?.endsWith('/nodes') ? nodes : info(id))
  })
  cleanups.push(engine)
  return engine
}

const open = async (manager: string | undefined, others: readonly (string | undefined)[]) => {
  const client: Client = openClient((await engineOf(manager)).endpoint)
  const more = await Promise.all(others.map(engineOf))
  const found = openNodeClients({
    api: client,
    managers: [client],
    more: async () => more.map(({ endpoint }) => endpoint),
  })
  cleanups.push(client, found)
  return { found, more }
}

describe('engines of single nodes', () => {
  it('are found among the managers first, and only then elsewhere', async () => {
    const { found, more } = await open('a', ['b'])
    expect(await found.find('a', signal)).toBeDefined()
    expect(more[0]?.requests).toEqual([])
    expect((await found.find('b', signal))?.endpoint).toEqual(more[0]?.endpoint)
  })

  it('are found though another one hangs', async () => {
    const { found } = await open('a', [undefined, 'b'])
    expect(await found.find('b', signal)).toBeDefined()
  })

  it('that were given and do not answer are told', async () => {
    const { found, more } = await open('a', ['b'])
    await more[0]?.stop()
    await expect(found.get('b', 'x', signal)).rejects.toMatchObject({
      message: expect.stringContaining(`(no answer from ${more[0]?.endpoint.name}); add --engine`),
    })
  })

  it('that cannot be reached are named, with the way there', async () => {
    const { found } = await open('a', [])
    await expect(found.get('b', 'run ls in task t', signal)).rejects.toMatchObject({
      code: 'not-found',
      message:
        'run ls in task t: it is on node host-b (10.0.0.9) and its engine cannot be reached from here; add --engine ssh://USER@10.0.0.9, or make a docker context for it',
    })
    await expect(found.get('gone', 'x', signal)).rejects.toMatchObject({
      message: expect.stringContaining('the node is down'),
    })
  })
})
