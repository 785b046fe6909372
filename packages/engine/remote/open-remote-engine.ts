import type { Action } from '@atoll/plan'
import type { z } from 'zod'
import type { Engine, EnvironmentRef, LogQuery, MoveVolumeRequest, TaskDetail } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { NamesApi } from '../names.ts'
import type { IngressApi, RoutingApi } from '../routing.ts'
import type { ConfigsApi } from '../swarm/configs-api.ts'
import { buildRemotely } from './build.ts'
import { execRemotely } from './exec.ts'
import { readItems } from './json-lines.ts'
import { renderBytes } from './shapes/names.ts'
import type { AgentPlace, Refusal, Self } from './shapes/replies.ts'
import { openSocketClient } from './socket-client.ts'
import type { SocketClient } from './socket-client.ts'
import { openRemoteReach } from './task-reach.ts'
import type { Asker } from './task-reach.ts'
import { openRemoteStorage } from './storage.ts'
import type { RemoteCollector } from './storage.ts'
import { verbs } from './verbs.ts'
import type { CallName, ItemOf, ReplyOf, StreamName } from './verbs.ts'
import { parseShape } from './wire-error.ts'

export interface RemoteEngineOptions {
  /** Where the agent of this node listens: `/run/atoll/agent.sock`. */
  readonly socketPath: string
}

/** An engine behind an agent. Nothing is asked before the first call; connections are kept for the next one. */
export interface RemoteEngine extends Engine, RemoteCollector, AsyncDisposable {
  /** The platform's own configs, for the store; no others are given. */
  readonly configs: ConfigsApi
  self(signal: AbortSignal): Promise<Self>
  /** Where the agents of all nodes are in the platform's network. */
  agents(signal: AbortSignal): Promise<readonly AgentPlace[]>
  /** What the agent would refuse of these actions, all of it. Nothing is done. */
  judge(actions: readonly Action[], ref: EnvironmentRef, signal: AbortSignal): Promise<readonly Refusal[]>
  readonly names: NamesApi
  readonly routing: RoutingApi
}

export const openRemoteEngine = ({ socketPath }: RemoteEngineOptions): RemoteEngine => {
  const socket = openSocketClient(socketPath)
  return {
    ...openChanges(socket),
    ...openRemoteReach(createAsker(socket)),
    self: (signal) => ask(socket, 'self', {}, signal),
    agents: (signal) => ask(socket, 'agents', {}, signal),
    judge: (actions, ref, signal) => ask(socket, 'judge', { actions, ref: pick(ref) }, signal),
    observe: (ref, signal) => ask(socket, 'observe', { ref: pick(ref) }, signal),
    listEnvironments: (signal) => ask(socket, 'listEnvironments', {}, signal),
    countEnvironments: (signal) => ask(socket, 'countEnvironments', {}, signal),
    occupancy: (signal) => ask(socket, 'occupancy', {}, signal),
    watch: (ref, signal) => follow(socket, 'watch', { ref: pick(ref) }, signal),
    logs: (query, signal) => follow(socket, 'logs', describeQuery(query), signal),
    nodes: (signal) => ask(socket, 'nodes', {}, signal),
    resolveImage: (image, signal) => ask(socket, 'resolveImage', { image }, signal),
    inspectTask: (taskId, signal) => inspectRemotely(socket, taskId, signal),
    volumeSizes: (ref, signal) => ask(socket, 'volumeSizes', { ref: pick(ref) }, signal),
    admission: (signal) => ask(socket, 'admission', {}, signal),
    diagnose: (signal) => ask(socket, 'diagnose', {}, signal),
    ...openRemoteStorage(createAsker(socket)),
    serviceImages: (signal) => ask(socket, 'serviceImages', {}, signal),
    configs: openConfigs(socket),
    routing: openRouting(socket),
    names: {
      listNames: (signal) => ask(socket, 'listNames', {}, signal),
      askNames: (nodeId, questions, signal) => askNode(socket, { name: 'askNames', nodeId }, { questions }, signal),
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  }
}

const createAsker = (socket: SocketClient): Asker => ({
  socket,
  observe: (ref, signal) => ask(socket, 'observe', { ref: pick(ref) }, signal),
  locate: async (taskId, signal) => (await ask(socket, 'locateTask', { taskId }, signal)).nodeId,
  askNode: (call, body, signal) => askNode(socket, call, body, signal),
})

type Changes =
  | 'apply'
  | 'exec'
  | 'buildImage'
  | 'moveVolume'
  | 'removeVolume'
  | 'changeRole'
  | 'changeNode'
  | 'removeNode'

const openChanges = (socket: SocketClient): Pick<Engine, Changes> => ({
  apply: async (action, { ref, release, secrets, assertHeld }, signal) => {
    // A value travels only with the action that needs it.
    const name = action.kind === 'create-secret' ? action.file.engineName : undefined
    const value = name === undefined ? undefined : secrets[name]
    const values = name === undefined || value === undefined ? {} : { [name]: renderBytes(value) }
    assertHeld?.()
    await ask(socket, 'apply', { action, ref: pick(ref), release, secrets: values }, signal)
  },
  exec: async (request, signal) => {
    const { nodeId } = await ask(socket, 'locateTask', { taskId: request.taskId }, signal)
    return execRemotely(socket, { request, nodeId }, signal)
  },
  buildImage: (request, signal) => buildRemotely(socket, request, signal),
  moveVolume: (request, signal) => moveRemotely(socket, request, signal),
  removeVolume: async (ref, engineName, nodeId, signal) => {
    await ask(socket, 'removeVolume', { ref: pick(ref), engineName, nodeId }, signal)
  },
  changeRole: async (nodeId, role, signal) => {
    await ask(socket, 'changeRole', { nodeId, role }, signal)
  },
  changeNode: async (nodeId, change, signal) => {
    await ask(socket, 'changeNode', { nodeId, change }, signal)
  },
  removeNode: async (nodeId, { isForced }, signal) => {
    await ask(socket, 'removeNode', { nodeId, isForced }, signal)
  },
})

const openConfigs = (socket: SocketClient): ConfigsApi => ({
  create: async ({ name, labels, data }, signal) =>
    (await ask(socket, 'configs.create', { name, labels, data: renderBytes(data) }, signal)).id,
  list: ({ labels, namePrefix }, signal) => ask(socket, 'configs.list', { labels, namePrefix }, signal),
  remove: async (id, signal) => {
    await ask(socket, 'configs.remove', { id }, signal)
  },
  events: (signal) => follow(socket, 'configs.events', {}, signal),
})

const openRouting = (socket: SocketClient): RoutingApi => ({
  listEndpoints: (services, signal) => ask(socket, 'listEndpoints', { services }, signal),
  watchServices: (signal) => follow(socket, 'watchServices', {}, signal),
  ...openIngress(socket, ''),
  streams: openIngress(socket, 'streams.'),
  fetchSite: async (nodeId, { id, image, path }, signal) => {
    await askNode(socket, { name: 'fetchSite', nodeId }, { id, image, path }, signal)
  },
})

const openIngress = (socket: SocketClient, whose: '' | 'streams.'): IngressApi => ({
  giveRoutes: async (nodeId, table, signal) => {
    await askNode(socket, { name: `${whose}giveRoutes`, nodeId }, table, signal)
  },
  readTally: (nodeId, { ref, ...query }, signal) =>
    askNode(socket, { name: `${whose}readTally`, nodeId }, { ref: pick(ref), ...query }, signal),
  followIngress: (nodeId, signal) => follow(socket, { name: `${whose}followIngress`, nodeId }, {}, signal),
})

const ask = <Name extends CallName>(
  socket: SocketClient,
  name: Name,
  body: object,
  signal: AbortSignal,
): Promise<ReplyOf<Name>> => askNode(socket, { name }, body, signal)

/** Asks the agent of a node; the one of the socket when none is named. */
const askNode = async <Name extends CallName>(
  socket: SocketClient,
  { name, nodeId }: { readonly name: Name; readonly nodeId?: string | undefined },
  body: object,
  signal: AbortSignal,
): Promise<ReplyOf<Name>> => {
  const verb = verbs[name]
  const call = { verb: name, timeoutMs: verb.timeoutMs, ...(nodeId === undefined ? {} : { nodeId }) }
  const reply = await socket.ask(call, body, signal)
  return parseShape(verb.reply as z.ZodType<ReplyOf<Name>>, reply, `${name}: the agent's answer is not understood`)
}

/** What a manager knows of a task, and what the task's own node knows beyond it, when that can be reached. */
const inspectRemotely = async (socket: SocketClient, taskId: string, signal: AbortSignal): Promise<TaskDetail> => {
  const known = await ask(socket, 'inspectTask', { taskId }, signal)
  const { nodeId } = await ask(socket, 'locateTask', { taskId }, signal)
  if (nodeId === undefined) return known
  try {
    return { ...known, ...(await askNode(socket, { name: 'inspectTask', nodeId }, { taskId }, signal)) }
  } catch (error) {
    if (error instanceof EngineError && !signal.aborted) return known
    throw error
  }
}

/** Ends without an error when the signal came, as the streams of every engine do. */
async function* follow<Name extends StreamName>(
  socket: SocketClient,
  verb: Name | Followed<Name>,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<ItemOf<Name>, void> {
  try {
    yield* items(socket, typeof verb === 'string' ? { name: verb } : verb, body, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

interface Followed<Name> {
  readonly name: Name
  /** The node whose agent is to answer; the one of the socket without. */
  readonly nodeId?: string
}

/** Whoever stops reading closes the stream, and with it the agent's work. */
async function* items<Name extends StreamName>(
  socket: SocketClient,
  { name, nodeId }: Followed<Name>,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<ItemOf<Name>, void> {
  try {
    const stream = await socket.follow({ verb: name, ...(nodeId !== undefined && { nodeId }) }, body, signal)
    const item = verbs[name].item as z.ZodType<ItemOf<Name>>
    yield* readItems(stream, { item, doing: name })
  } catch (cause) {
    throw socket.describe(name, cause, signal)
  }
}

const moveRemotely = async (socket: SocketClient, request: MoveVolumeRequest, signal: AbortSignal): Promise<void> => {
  const { ref, engineName, toNodeId, onProgress } = request
  const body = { ref: pick(ref), engineName, toNodeId }
  for await (const { bytes } of items(socket, { name: 'moveVolume' }, body, signal)) onProgress(bytes)
}

/** Callers may hand in more than a ref; an agent takes nothing that it does not know. */
const pick = ({ app, environment }: EnvironmentRef): EnvironmentRef => ({ app, environment })

const describeQuery = ({ ref, services, taskId, follow, sinceMs, tail }: LogQuery): object => {
  return { ref: pick(ref), services, taskId, follow, sinceMs, tail }
}
