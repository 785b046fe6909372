import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, issueCertificate } from '@atoll/authority'
import type { Authority, Credentials } from '@atoll/authority'
import { EngineError } from '@atoll/engine'
import type { NodeEngine } from '@atoll/engine'
import type { FakeEngine } from '@atoll/engine/fake'
import { openRemoteEngine } from '@atoll/engine/remote'
import type { AgentPlace } from '@atoll/engine/remote'
import { createMemoryDocuments } from '@atoll/store/memory'
import { createFakeConfigs } from '@atoll/store/testing'
import { openAgentServer } from '../server.ts'
import type { AgentServer } from '../server.ts'
import { nodeOf, noNames, noTasks, testSelf } from '../testing.ts'
import type { PeerDoor } from './admit-peer.ts'
import { nameAgent } from './name-agent.ts'
import { openDoor } from './open-door.ts'
import { openPeers } from './peers.ts'
import type { Peers } from './peers.ts'

export const certify = (
  authority: Authority,
  { name, use = 'peer' }: { readonly name: string; readonly use?: 'peer' | 'server' | 'client' },
): Promise<Credentials> =>
  issueCertificate({
    authority,
    commonName: name,
    names: [name],
    addresses: [],
    use,
    nowMs: Date.now(),
    lifeMs: 60_000,
  })

/** Only what runs here: an agent that asked the wrong node would be told. */
const nodeOn = (engine: FakeEngine, nodeId: string): NodeEngine => {
  const all = nodeOf(engine)
  const check = (taskId: string): void => {
    const tasks = [...engine.world.services.values()].flatMap((service) => service.tasks)
    if (!tasks.some((task) => task.id === taskId && task.nodeId === nodeId))
      throw new EngineError('not-found', `task ${taskId} is not on ${nodeId}`)
  }
  return {
    ...all,
    findService: (taskId, signal) => all.findService(taskId, signal),
    exec: async (request, signal) => {
      check(request.taskId)
      return all.exec(request, signal)
    },
    readLog: async function* (query, signal) {
      check(query.taskId)
      yield* all.readLog(query, signal)
    },
    readFiles: async (request, signal) => {
      check(request.taskId)
      return all.readFiles(request, signal)
    },
    disk: (signal) => engine.disk(nodeId, signal),
    usage: (signal) => engine.usage(nodeId, signal),
    prune: (request, signal) => engine.prune({ ...request, nodeId }, signal),
    inspectTask: async (taskId, signal) => {
      check(taskId)
      return all.inspectTask(taskId, signal)
    },
  }
}

/** Agents of the first two nodes of one cluster, each at a loopback address of its own. Callers ask the first. */
export const openTestPeers = async (
  engine: FakeEngine,
  { admission, connectMs }: { readonly admission?: PeerDoor; readonly connectMs?: number } = {},
) => {
  const authority = await createAuthority({ name: 'test', nowMs: Date.now() })
  const folder = await mkdtemp(join(tmpdir(), 'atoll-peers-'))
  const ids = engine.world.nodes.slice(0, 2).map(({ id }) => id)
  const places: AgentPlace[] = ids.map((nodeId, index) => ({ nodeId, addresses: [`127.0.0.${index + 2}`] }))
  const directory = {
    names: noNames,
    tasks: noTasks,
    listAgents: async () => places,
    findNode: async (taskId: string) =>
      [...engine.world.services.values()].flatMap(({ tasks }) => tasks).find(({ id }) => id === taskId)?.nodeId,
  }
  let port = 0
  const doors: Server[] = []
  const servers: AgentServer[] = []
  const roads: Peers[] = []
  for (const { nodeId, addresses } of places) {
    const own = await certify(authority, { name: nameAgent(nodeId) })
    const door = openDoor(own, authority.certificatePem).listen(port, addresses[0])
    await once(door, 'listening')
    port = (door.address() as AddressInfo).port
    const limit = connectMs === undefined ? {} : { connectMs }
    const trust = { credentials: () => own, authorityPem: authority.certificatePem }
    const peers = openPeers({ directory, ...trust, port, ...limit })
    roads.push(peers)
    const server = await openAgentServer({
      ...(admission === undefined ? {} : { door: admission }),
      engine,
      node: nodeOn(engine, nodeId),
      directory,
      peers,
      configs: createFakeConfigs(),
      documents: createMemoryDocuments({ clock: { now: Date.now } }),
      self: async () => ({ ...testSelf, nodeId }),
      now: Date.now,
      writeLog: () => undefined,
      socketPath: join(folder, `${nodeId}.sock`),
    })
    server.servePeers(door)
    doors.push(door)
    servers.push(server)
  }
  const remote = openRemoteEngine({ socketPath: join(folder, `${ids[0]}.sock`) })
  return {
    remote,
    authority,
    port,
    servers,
    /** From each agent to the others. */
    roads,
    doors,
    /** Node of the second agent, and where it listens. */
    other: { nodeId: ids[1] ?? '', address: places[1]?.addresses[0] ?? '' },
    places,
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]()
      for (const server of servers) await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
