import { afterEach, describe, expect, it } from 'vitest'
import type { Finding } from '../engine.ts'
import { openCluster } from './cluster.ts'
import { diagnose } from './diagnose.ts'
import { openNodeClients } from './node-clients.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'

const signal = new AbortController().signal
const cleanups: AsyncDisposable[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup[Symbol.asyncDispose]()
})

interface Node {
  readonly name: string
  readonly role?: 'manager' | 'worker'
  readonly state?: string
  readonly isLeader?: boolean
  readonly availability?: string
  readonly version?: string
}

const nodeReply = ({ name, role = 'manager', state = 'ready', isLeader = false, ...node }: Node) => ({
  ID: name,
  Version: { Index: 1 },
  CreatedAt: '2026-11-20T10:00:00Z',
  UpdatedAt: '2026-11-20T10:00:00Z',
  Spec: { Role: role, Availability: node.availability ?? 'active' },
  Description: { Hostname: name, Platform: {}, Resources: {}, Engine: { EngineVersion: node.version ?? '27.1.0' } },
  Status: { State: state, Addr: '10.0.0.1' },
  ...(role === 'manager' && { ManagerStatus: { Leader: isLeader, Reachability: 'reachable' } }),
})

interface SeenTask {
  readonly state: string
  readonly forMs: number
  readonly error?: string
  readonly image?: string
}

interface World {
  readonly nodes: readonly Node[]
  readonly networks?: readonly object[]
  readonly clockAheadMs?: number
  /** Of tasks on the leader that should run: their state, and for how long. */
  readonly tasks?: readonly { readonly state: string; readonly forMs: number }[]
  /** Of tasks on `b`. */
  readonly others?: readonly SeenTask[]
}

const taskReply = ({ state, forMs, error, image }: SeenTask, index: number) => ({
  ID: `t${index}`,
  NodeID: 'b',
  Version: { Index: 1 },
  CreatedAt: '2026-11-20T10:00:00Z',
  UpdatedAt: '2026-11-20T10:00:00Z',
  Spec: image === undefined ? {} : { ContainerSpec: { Image: image } },
  ServiceID: `s${index}`,
  Status: { Timestamp: new Date(Date.now() - forMs).toISOString(), State: state, Err: error },
  DesiredState: 'running',
})

/** Refused so long ago by an engine that is not in its Swarm. */
const outside = (forMs: number) => ({
  state: 'rejected',
  forMs,
  error: 'cannot create a swarm scoped network when swarm is not active',
})

const examine = async ({
  nodes,
  networks = [],
  clockAheadMs = 0,
  tasks = [],
  others = [],
}: World): Promise<readonly Finding[]> => {
  const engine = await openScriptedEngine((request, response) => {
    const url = request.url ?? ''
    if (url.includes('/tasks?') && url.includes(encodeURIComponent('"node":["a"]')))
      reply(response, 200, tasks.map(taskReply))
    else if (url.endsWith('/tasks')) reply(response, 200, others.map(taskReply))
    else if (url.endsWith('/nodes')) reply(response, 200, nodes.map(nodeReply))
    else if (url.endsWith('/networks')) reply(response, 200, networks)
    else if (url.endsWith('/services')) reply(response, 200, [])
    else
      reply(response, 200, {
        Name: 'a',
        ServerVersion: '27.1.0',
        SystemTime: new Date(Date.now() + clockAheadMs).toISOString(),
        DockerRootDir: '/nowhere',
        Swarm: { NodeID: 'a', LocalNodeState: 'active', ControlAvailable: true },
      })
  })
  const cluster = openCluster([engine.endpoint], { patienceMs: 0, now: Date.now })
  const found = openNodeClients({ api: cluster, managers: cluster.clients, more: async () => [] })
  cleanups.push(engine, cluster, found)
  return (await diagnose({ cluster, nodes: found, now: Date.now }, signal)).findings
}

const three: readonly Node[] = [{ name: 'a', isLeader: true }, { name: 'b' }, { name: 'c' }]
const worse = (findings: readonly Finding[]): readonly string[] =>
  findings
    .filter(({ state, check }) => state !== 'good' && check !== 'reach')
    .map(({ check, state, message }) => `${check} ${state} ${message}`)

describe('the doctor', () => {
  it('finds nothing wrong where nothing is, and names what cannot be seen', async () => {
    const findings = await examine({ nodes: three })
    expect(worse(findings)).toEqual([])
    expect(findings.find(({ check }) => check === 'reach')?.message).toBe(
      'clock and disk of b, c cannot be seen from here',
    )
  })

  it('leaves tasks alone that run or have only begun, and tells the way out of a leader in trouble', async () => {
    const fine = ['running', 'assigned', 'starting'].map((state) => ({ state, forMs: 30_000 }))
    const tasks = [...fine, { state: 'running', forMs: 3_600_000 }]
    expect(worse(await examine({ nodes: three, tasks }))).toEqual([])
    const stuck = [{ state: 'accepted', forMs: 90_000 }]
    const found = await examine({ nodes: three, tasks: stuck })
    expect(found.find(({ state }) => state === 'bad')?.hint).toContain('docker node demote a')
    expect(found.map(({ message }) => message)).not.toContain('a is ready and leads')
    const alone = await examine({ nodes: three.slice(0, 1), tasks: stuck })
    expect(alone.find(({ state }) => state === 'bad')?.hint).toMatch(/restart the engine of a/)
  })

  it.each<[string, World]>([
    [
      'swarm bad a leads the Swarm and is listed as down',
      { nodes: [{ name: 'a', isLeader: true, state: 'down' }, ...three.slice(1)] },
    ],
    [
      'swarm bad a leads the Swarm and does not begin with 1 task placed on it',
      { nodes: three, tasks: [{ state: 'assigned', forMs: 90_000 }] },
    ],
    [
      'swarm warning a leads the Swarm and has not started 2 tasks for over a minute',
      { nodes: three, tasks: ['preparing', 'starting'].map((state) => ({ state, forMs: 90_000 })) },
    ],
    [
      'disk bad b could not start a task within the last 10 minutes: mkdir /x: no space left on device',
      { nodes: three, others: [{ state: 'rejected', forMs: 9_000, error: 'mkdir /x: no space left on device' }] },
    ],
    [
      'swarm bad b is ready, and its engine refuses tasks: it has not found its way into the Swarm',
      { nodes: three, others: [30_000, 20_000, 5_000].map(outside) },
    ],
    [
      'addresses bad 2 tasks got no address in a network for over a minute',
      { nodes: three, others: [90_000, 70_000, 5_000].map((forMs) => ({ state: 'new', forMs })) },
    ],
    [
      'swarm bad b does not begin with 1 task placed on it',
      { nodes: three, others: [{ state: 'accepted', forMs: 90_000 }] },
    ],
    [
      'swarm bad b (10.0.0.1) is down',
      { nodes: [{ name: 'a', isLeader: true }, { name: 'b', state: 'down' }, { name: 'c' }] },
    ],
    [
      'managers bad 2 of 3 managers are ready',
      { nodes: [{ name: 'a', isLeader: true }, { name: 'b', state: 'down' }, { name: 'c' }] },
    ],
    [
      'swarm warning b takes no tasks',
      { nodes: [{ name: 'a', isLeader: true }, { name: 'b', availability: 'drain' }, { name: 'c' }] },
    ],
    ['managers warning 2 of 2 managers', { nodes: three.slice(0, 2) }],
    [
      'managers warning 1 of 1 managers',
      { nodes: three.map((node, index) => ({ ...node, role: index > 0 ? 'worker' : 'manager' })) },
    ],
    [
      'engine warning b runs Docker 29.0.1',
      { nodes: [{ name: 'a', isLeader: true }, { name: 'b', version: '29.0.1' }, { name: 'c' }] },
    ],
    ['clock bad the clock of a is 60 s off', { nodes: three, clockAheadMs: 60_000 }],
    [
      'addresses bad network stuck has no subnet',
      { nodes: three, networks: [{ Id: 'n', Name: 'stuck', Scope: 'swarm', Driver: '', Labels: null, IPAM: null }] },
    ],
    [
      'addresses warning 1024 of 1024 subnets',
      {
        nodes: three,
        networks: [
          {
            Id: 'n',
            Name: 'wide',
            Scope: 'swarm',
            Driver: 'overlay',
            Labels: null,
            IPAM: { Config: [{ Subnet: '10.64.0.0/10' }] },
          },
        ],
      },
    ],
  ])('sees: %s', async (expected, world) => {
    expect(worse(await examine(world))).toContainEqual(expect.stringContaining(expected))
  })

  it('and nothing of a node that refused tasks for a moment, or starts them again', async () => {
    const tell = async (others: World['others'] = []) =>
      (await examine({ nodes: three, others })).filter(({ message }) => message.includes('refuses tasks'))
    expect(await tell([6_000, 2_000].map(outside))).toEqual([])
    const refused = [40_000, 20_000].map(outside)
    expect(await tell(refused)).toHaveLength(1)
    expect(await tell([...refused, { state: 'running', forMs: 10_000 }])).toEqual([])
  })

  it('says that a node lacks an image that is in no registry, until anything of it runs there', async () => {
    const image = 'sha256:1'
    const refused = { state: 'rejected', forMs: 90_000, error: 'No such image: sha256:1', image }
    const tell = async (...others: readonly SeenTask[]) =>
      (await examine({ nodes: three, others })).filter(({ check }) => check === 'image')
    expect(await tell(refused, { state: 'running', forMs: 60_000, image: 'sha256:2' })).toHaveLength(1)
    expect(await tell(refused, { state: 'running', forMs: 60_000, image })).toEqual([])
  })
})
