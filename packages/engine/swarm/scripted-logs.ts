import type { ServerResponse } from 'node:http'
import type { LogLine, LogQuery } from '../engine.ts'
import { openClient } from './client.ts'
import type { LogTools } from './fill-gap.ts'
import { readLogs } from './logs.ts'
import { openNodeClients } from './node-clients.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import type { ScriptedEngine } from './scripted-engine.ts'

/** For tests: a service of two tasks on each of the nodes n1 and n2 (in slots 1 and 2), as a manager and its nodes tell of it. */
export interface ScriptedLogs {
  /** What the manager has collected, and what it says at the end. */
  readonly collected: Buffer
  /** Answers `/containers/ID/logs` of the containers of n1; no such engine without. */
  readonly answerNode?: (containerId: string, response: ServerResponse, url: string) => void
  readonly elsewhere?: LogTools['elsewhere']
  readonly query?: Partial<LogQuery>
}

export const frame = (stream: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)])

/** The second of the minute is its time. */
const timeOf = (second: string): string => `2026-11-20T10:33:${second}.500000001Z`
export const collectedLine = (taskId: string, second: string): Buffer =>
  frame(1, `${timeOf(second)} com.docker.swarm.node.id=n9,com.docker.swarm.task.id=${taskId} at ${second}\n`)
export const ownLine = (second: string): Buffer => frame(1, `${timeOf(second)} at ${second}\n`)
export const gapOf = (...nodeIds: readonly string[]): Buffer =>
  frame(3, `warning: incomplete log stream. ${nodeIds.map((id) => `node ${id} is not available`).join(', ')}`)

const meta = { Version: { Index: 1 }, CreatedAt: timeOf('00'), UpdatedAt: timeOf('00') }
const service = {
  ...meta,
  ID: 's1',
  Spec: { Name: 'shop_web', Labels: { 'atoll.service': 'web' }, TaskTemplate: {} },
}
const task = (number: number, NodeID: string) => ({
  ...meta,
  ID: `t${number}`,
  ServiceID: 's1',
  Slot: number % 2 === 0 ? 2 : 1,
  NodeID,
  Spec: {},
  Status: { Timestamp: timeOf('00'), State: 'running', ContainerStatus: { ContainerID: `c${number}` } },
  DesiredState: 'running',
})
const tasks = [task(1, 'n1'), task(2, 'n1'), task(3, 'n2'), task(4, 'n2')]
const node = (number: number) => ({
  ...meta,
  ID: `n${number}`,
  Spec: { Labels: {}, Role: 'manager', Availability: 'active' },
  Description: { Hostname: `node-${number}`, Platform: {}, Resources: {}, Engine: {} },
  Status: { State: 'ready' },
})
const info = (NodeID: string) => ({
  Name: NodeID,
  ServerVersion: '20.10.24',
  SystemTime: timeOf('00'),
  DockerRootDir: '/var/lib/docker',
  Swarm: { NodeID, LocalNodeState: 'active', ControlAvailable: true },
})

const openManager = ({ collected }: ScriptedLogs): Promise<ScriptedEngine> =>
  openScriptedEngine(({ url = '' }, response) => {
    if (url.includes('/logs?')) response.end(collected)
    else if (url.includes('/services?')) reply(response, 200, [service])
    else if (url.includes('/tasks?')) reply(response, 200, tasks)
    else if (url.includes('/tasks/')) reply(response, 200, tasks.find(({ ID }) => url.endsWith(ID)) ?? {})
    else if (url.endsWith('/nodes')) reply(response, 200, [node(1), node(2)])
    else reply(response, 200, info('n9'))
  })

const openNode = ({ answerNode }: ScriptedLogs): Promise<ScriptedEngine> =>
  openScriptedEngine(({ url = '' }, response) => {
    const [, taskId] = /task\.id=(\w+)"/.exec(decodeURIComponent(url)) ?? []
    const [, containerId = ''] = /containers\/(\w+)\/(?:json|logs)/.exec(url) ?? []
    const found = tasks.find(({ ID, NodeID }) => ID === taskId && NodeID === 'n1')
    if (url.includes('/containers/json?')) reply(response, 200, found ? [{ Id: found.ID.replace('t', 'c') }] : [])
    else if (url.includes('/logs?')) answerNode?.(containerId, response, url)
    else if (containerId === '') reply(response, 200, info('n1'))
    else reply(response, 200, { Config: { Tty: false } })
  })

/** What is read of them until the signal comes, and what the engine of n1 was asked. */
export async function* readScripted(
  world: ScriptedLogs,
  signal: AbortSignal,
): AsyncGenerator<LogLine, readonly string[]> {
  await using manager = await openManager(world)
  await using own = await openNode(world)
  await using client = openClient(manager.endpoint)
  const more = async () => (world.answerNode === undefined ? [] : [own.endpoint])
  await using nodes = openNodeClients({ api: client, managers: [client], more })
  const query = { ref: { app: 'shop', environment: 'test' }, services: [], follow: false, ...world.query }
  yield* readLogs({ api: client, nodes, elsewhere: world.elsewhere }, query, signal)
  return own.requests
}
