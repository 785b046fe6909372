import { openDirectory, openLocalNames, openNodeEngine, openSwarmEngine, resolveEndpoints } from '@atoll/engine/swarm'
import type { Directory, LocalEngine, LogHost, VolumeHost } from '@atoll/engine/swarm'
import { openHealthDoor } from '@atoll/engine/health'
import { readSelf } from '@atoll/engine/remote/self'
import { createSwarmDocuments } from '@atoll/store/swarm'
import type { AgentDirectory } from './agent.ts'
import type { LocalNames } from '@atoll/engine'
import { prepareIngress } from './ingress/prepare-ingress.ts'
import { openDisk } from './disk/keep-disk.ts'
import { AgentError } from './errors.ts'
import type { Config } from './config.ts'
import { joinAgents } from './peers/join-agents.ts'
import type { Peers } from './peers/peers.ts'
import { reachLogs } from './peers/reach-logs.ts'
import { reachVolumes } from './peers/reach-volumes.ts'
import { openAgentServer } from './server.ts'

export interface AgentProgram {
  readonly config: Config
  readonly now: () => number
  /** One line of the log, without its end. */
  readonly writeLine: (line: string) => void
}

/** What is under way when the agent is told to stop gets this long. */
const graceMs = 8_000

/** Serves the engine of this node until the signal comes. Throws AgentError, EngineError. */
export const runAgent = async ({ config, now, writeLine }: AgentProgram, signal: AbortSignal): Promise<void> => {
  const { socketPath, socketOwner } = config
  const endpoints = await resolveEndpoints({ engines: [config.engine], variables: {} })
  const [endpoint] = endpoints
  if (endpoint === undefined)
    throw new AgentError('config', 'read ATOLL_ENGINE: it names no engine', { hint: 'set it to the socket of Docker' })
  const others: { peers?: Peers } = {}
  const findVolumeHost = (nodeId: string): VolumeHost | undefined => others.peers && reachVolumes(others.peers, nodeId)
  const findLogHost = (nodeId: string): LogHost | undefined => others.peers && reachLogs(others.peers, nodeId)
  await using engine = openSwarmEngine({ endpoints, variables: {}, now, findVolumeHost, findLogHost })
  const documents = createSwarmDocuments({ api: engine.configs, clock: { now } })
  const self = (ended: AbortSignal) => readSelf(endpoint, ended)
  const writeLog = (entry: object): void => writeLine(JSON.stringify(entry))
  await using node = openNodeEngine(endpoint, now)
  await using places = openDirectory(endpoint)
  await using names = openLocalNames(endpoint)
  const directory = toAgentDirectory(places, names)
  const joined = config.membership && joinAgents({ membership: config.membership, directory, self, now, writeLog })
  const disk = config.disk && (await openDisk({ ...config.disk, engine: node, now, writeLog }))
  const { ingress, streams } = await prepareBoth(config, { node, now, writeLog })
  const seen = { ...(disk && { watch: disk.watch }), ...(ingress && { ingress }), ...(streams && { streams }) }
  const parts = { engine, node, directory, configs: engine.configs, documents, self, now, writeLog, ...seen }
  if (joined !== undefined) others.peers = joined.peers
  const door = { volumes: node.volumes, managers: (ended: AbortSignal) => node.managers(ended) }
  const peers = joined && { peers: joined.peers, door }
  await using server = await openAgentServer({ ...parts, ...peers, socketPath, socketOwner })
  await using _health = await openHealthDoor(config.healthPath, self)
  writeLog({ time: new Date(now()).toISOString(), message: 'the agent listens', socketPath, engine: config.engine })
  await sweepRelays(node, { now, writeLog }, signal)
  const kept = [disk?.keep(signal), ingress?.keep(signal), streams?.keep(signal)]
  await Promise.all([untilAborted(signal), joined?.serve(server, signal), ...kept])
  await server.close(graceMs)
  writeLog({ time: new Date(now()).toISOString(), message: 'the agent has stopped' })
}

interface Seeing {
  readonly node: LocalEngine
  readonly now: () => number
  readonly writeLog: (entry: object) => void
}

/** In this order: the folder of the second is in that of the first. */
const prepareBoth = async (config: Config, { node, now, writeLog }: Seeing) => {
  const { folders } = node
  const first = { folders, now, writeLog, local: node.ingress }
  const second = { ...first, writeLog: (entry: object) => writeLog({ ...entry, of: 'streams' }), local: node.streams }
  return {
    ingress: config.ingress && (await prepareIngress({ ...config.ingress, ...first })),
    streams: config.streams && (await prepareIngress({ ...config.streams, ...second })),
  }
}

/** What an agent that was killed was carrying connections with. That it cannot be taken away now keeps nobody from work. */
const sweepRelays = async (
  node: LocalEngine,
  { now, writeLog }: { readonly now: () => number; readonly writeLog: (entry: object) => void },
  signal: AbortSignal,
): Promise<void> => {
  const time = new Date(now()).toISOString()
  try {
    const count = await node.sweep(signal)
    if (count > 0) writeLog({ time, message: 'relays that were left behind are gone', count })
  } catch (error) {
    writeLog({ time, message: 'relays that were left behind cannot be taken away', error: String(error) })
  }
}

/** Names of the platform itself, as its compose file makes them. */
const agents = { service: 'atoll_system_agent', network: 'atoll-system' } as const

const toAgentDirectory = (places: Directory, names: LocalNames): AgentDirectory => ({
  names,
  tasks: places,
  findNode: (taskId, signal) => places.findNode(taskId, signal),
  listAgents: (signal) => places.listPlaces(agents, signal),
})

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
