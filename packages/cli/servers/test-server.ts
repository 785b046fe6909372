import type { FakeNode, World } from '@atoll/engine/fake'
import type { Ran, Server } from '@atoll/server'

export interface TestServer extends Server {
  readonly state: TestServerState
}

interface TestServerState {
  /** Id as a node; absent: it is in no Swarm. */
  nodeId: string | undefined
  isManager: boolean
  isInstalled: boolean
  isRunning: boolean
  hostname: string
  /** daemon.json; empty: there is none. */
  settings: string
  /** Doors that are closed to it. */
  readonly closed: readonly string[]
  readonly clockAheadMs: number
  readonly freeBytes: number
  /** What the engine has said. */
  readonly log: string
  /** Ids of containers that run there already. */
  readonly containers: readonly string[]
  /** Everything that was run, a word apart. */
  readonly commands: string[]
  /** Files that were written, by their paths. */
  readonly files: Map<string, string>
}

interface Surroundings {
  readonly world: World
  readonly now: () => number
}

/** A server with nothing on it that can join the fake cluster: what its programs would say, and what they would change. */
export const createTestServer = ({ world, now }: Surroundings, given: Partial<TestServerState> = {}): TestServer => {
  const state: TestServerState = {
    nodeId: undefined,
    isManager: false,
    isInstalled: false,
    isRunning: false,
    hostname: 'node-4',
    settings: '',
    closed: [],
    clockAheadMs: 0,
    freeBytes: 50e9,
    log: '',
    containers: [],
    commands: [],
    files: new Map(),
    ...given,
  }
  return {
    name: 'root@fourth',
    state,
    run: async (given, options) => {
      const argv = withoutEnvironment(given)
      state.commands.push(argv.join(' '))
      return answer({ state, world, now }, argv, Buffer.from(options?.input ?? '').toString())
    },
    openSocket: async (path) => path,
    [Symbol.asyncDispose]: async () => {},
  }
}

/** What env(1) would run. */
export const withoutEnvironment = (argv: readonly string[]): readonly string[] =>
  argv[0] === 'env' ? argv.slice(argv.findIndex((word, at) => at > 0 && !word.includes('='))) : argv

interface Told extends Surroundings {
  readonly state: TestServerState
}

const say = (stdout: string, status = 0): Ran => ({ status, stdout, stderr: '' })
const good = say('')
const absent = say('', 127)

const address = '10.0.0.4'

const answer = (told: Told, argv: readonly string[], input: string): Ran => {
  const { state, now } = told
  const line = argv.join(' ')
  if (line.startsWith('docker') || line.startsWith('dockerd')) return state.isInstalled ? askDocker(told, argv) : absent
  if (line.includes('install -- docker.io')) state.isInstalled = true
  if (line.startsWith('systemctl enable') || line.startsWith('systemctl restart')) state.isRunning = true
  switch (argv[0]) {
    case 'date':
      return say(`${now() + state.clockAheadMs}\n`)
    case 'grep':
      return say(renderFiles(state))
    case 'df':
      return say(`Filesystem 1-blocks Used Available Capacity Mounted\n/dev/a 60000000000 1 ${state.freeBytes} 1% /\n`)
    case 'ip':
      return say(JSON.stringify([{ ifname: 'eth0', addr_info: [{ family: 'inet', local: address }] }]))
    case 'cat':
      return readFile(state, argv[1] ?? '')
    case 'dd':
      if (argv[1]?.includes('daemon.json')) state.settings = input
      state.files.set(argv[1]?.replace(/^of=/, '').replace(/\.atoll-new$/, '') ?? '', input)
      return good
    case 'hostname':
      state.hostname = argv[1] ?? ''
      return good
    case 'journalctl':
      return say(state.log)
    case 'id':
      return say('0\n')
    case 'perl':
      return say(
        argv
          .slice(3)
          .map((door) => `${state.closed.includes(door) ? 'closed' : 'open'} ${door}\n`)
          .join(''),
      )
    default:
      return good
  }
}

const readFile = ({ settings, files }: TestServerState, path: string): Ran => {
  const text = path === '/etc/docker/daemon.json' ? settings : (files.get(path) ?? '')
  return text === '' ? say('', 1) : say(text)
}

const renderFiles = ({ hostname }: TestServerState): string =>
  Object.entries({
    '/etc/os-release': ['ID=debian', 'VERSION_ID="12"'],
    '/proc/sys/kernel/osrelease': ['6.1.0'],
    '/proc/sys/kernel/hostname': [hostname],
    '/proc/1/comm': ['systemd'],
    '/proc/cgroups': ['memory\t1\t1\t1'],
    '/proc/meminfo': ['MemTotal:  8000000 kB'],
  })
    .flatMap(([path, lines]) => lines.map((line) => `${path}:${line}\n`))
    .join('')

const askDocker = (told: Told, argv: readonly string[]): Ran => {
  const { state } = told
  const line = argv.slice(0, 3).join(' ')
  if (argv.includes('--version')) return good
  if (argv[0] === 'dockerd') return good
  if (!state.isRunning) return say('', 1)
  if (line === 'docker info --format') return say(renderAsked(state, argv.at(-1) ?? ''))
  if (line === 'docker ps --quiet') return say(state.containers.map((id) => `${id}\n`).join(''))
  if (line === 'docker swarm join') join(told, argv.includes('drain') ? 'drain' : 'active')
  if (line === 'docker swarm leave') leave(told)
  if (line === 'docker swarm init') Object.assign(state, { nodeId: 'firstnodefirstnodefirst', isManager: true })
  return good
}

const renderAsked = (state: TestServerState, format: string): string => {
  if (format === '{{json .}}') return renderInfo(state)
  if (format === '{{.Swarm.LocalNodeState}}') return state.nodeId === undefined ? 'inactive\n' : 'active\n'
  return `${state.nodeId}\n`
}

const renderInfo = ({ nodeId, isManager }: TestServerState): string => {
  const isMember = nodeId !== undefined
  const LocalNodeState = isMember ? 'active' : 'inactive'
  const Swarm = { LocalNodeState, NodeID: nodeId ?? '', NodeAddr: address, ControlAvailable: isManager }
  return JSON.stringify({ ServerVersion: '20.10.24', Swarm })
}

const join = ({ state, world }: Told, availability: FakeNode['availability']): void => {
  const [first] = world.nodes
  if (first === undefined) throw new Error('the fake cluster has no node')
  state.nodeId = 'fourthnodefourthnodefourth'
  const labels = {}
  const node: FakeNode = { ...first, id: state.nodeId, name: state.hostname, address, labels }
  world.nodes.push({ ...node, isManager: false, isLeader: false, state: 'ready', availability })
}

const leave = ({ state, world }: Told): void => {
  const node = world.nodes.find(({ id }) => id === state.nodeId)
  if (node !== undefined) node.state = 'down'
  state.nodeId = undefined
}
