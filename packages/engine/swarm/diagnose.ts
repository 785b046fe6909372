import { isWitness } from '@atoll/plan'
import type { ObservedNode } from '@atoll/plan'
import type { Diagnosis, Finding } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { newestApi, oldestApi } from './api-version.ts'
import type { Client } from './client.ts'
import type { Cluster } from './cluster.ts'
import { checkEngine } from './known-engines.ts'
import type { NodeClients } from './node-clients.ts'
import { findLeaderFindings } from './leader-findings.ts'
import { findLogFindings } from './log-findings.ts'
import { observeNodes } from './observe-nodes.ts'
import { findTaskFindings } from './task-findings.ts'
import { findZoneFindings } from './zone-findings.ts'
import { infoReply, networksReply } from './replies.ts'
import { ADDRESS_POOL, countSubnets } from './subnets.ts'
import { findDiskFindings } from './disk-findings.ts'

export interface DiagnoseTools {
  readonly cluster: Cluster
  readonly nodes: NodeClients
  readonly now: () => number
}

/** TLS between the nodes and leases of deployments suffer from more. */
const maxSkewMs = 2_000
const poolWarningShare = 0.8

/** What is wrong or will be; says good things too, so that a person sees what was looked at. */
export const diagnose = async (tools: DiagnoseTools, signal: AbortSignal): Promise<Diagnosis> => {
  const { cluster } = tools
  const client = await cluster.pick(signal)
  const version = await client.version(signal)
  const found = await Promise.all([
    Promise.resolve(checkApi(version.api)),
    attempt('swarm', () => checkSwarm(tools, signal)),
    attempt('addresses', () => checkAddresses(cluster, signal)),
    attempt('clock', () => checkReachable(tools, signal)),
    attempt('logs', () => findLogFindings(cluster, signal)),
  ])
  return { engineVersion: version.engine, apiVersion: version.api, findings: found.flat() }
}

/** A check that cannot be made is a finding, too. */
const attempt = async (check: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> => {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return [{ check, state: 'bad', message: error.message }]
  }
}

const checkApi = (api: string): readonly Finding[] => [
  { check: 'api', state: 'good', message: `API ${api} is spoken (Atoll knows ${oldestApi} to ${newestApi})` },
]

const checkSwarm = async ({ cluster, now }: DiagnoseTools, signal: AbortSignal): Promise<readonly Finding[]> => {
  const nodes = await observeNodes(cluster, signal)
  const look = { api: cluster, nodes, nowMs: now() }
  const [ofLeader, ofTasks] = await Promise.all([findLeaderFindings(look, signal), findTaskFindings(look, signal)])
  // A leader in trouble is not also said to be good, or in need of a mended link.
  const isTold = (node: ObservedNode): boolean => node.isLeader && ofLeader.some(({ state }) => state === 'bad')
  return [
    ...ofLeader,
    ...nodes.filter((node) => !isTold(node)).flatMap(checkNode),
    ...ofTasks,
    checkManagers(nodes),
    ...findZoneFindings(nodes),
    ...nodes.map((node) => checkEngine(node.name, node.engineVersion)),
  ]
}

const checkNode = (node: ObservedNode): readonly Finding[] => {
  if (node.state !== 'ready')
    return [
      {
        check: 'swarm',
        state: 'bad',
        message: `${node.name} (${node.address}) is ${node.state}`,
        hint: 'start its engine or mend its link; if it is gone for good, run "atoll node rm --force"',
      },
    ]
  if (isWitness(node)) return [checkWitness(node)]
  if (node.availability !== 'active')
    return [
      {
        check: 'swarm',
        state: 'warning',
        message: `${node.name} takes no tasks: its availability is ${node.availability}`,
        hint: `run "atoll node resume ${node.name}" to bring it back`,
      },
    ]
  return [{ check: 'swarm', state: 'good', message: `${node.name} is ready${node.isLeader ? ' and leads' : ''}` }]
}

const checkWitness = ({ name, availability, isManager }: ObservedNode): Finding => {
  const finding = { check: 'swarm', state: 'warning' } as const
  if (!isManager)
    return { ...finding, message: `${name} is a witness and no manager`, hint: `run "atoll node promote ${name}"` }
  if (availability !== 'drain')
    return {
      ...finding,
      message: `${name} is a witness and takes tasks: somebody changed its availability`,
      hint: `run "atoll node witness ${name}" once more`,
    }
  return { check: 'swarm', state: 'good', message: `${name} is a witness: it is ready, votes and runs nothing` }
}

const checkManagers = (nodes: readonly ObservedNode[]): Finding => {
  const managers = nodes.filter(({ isManager }) => isManager)
  const alive = managers.filter(({ state }) => state === 'ready')
  const needed = Math.floor(managers.length / 2) + 1
  const message = `${alive.length} of ${managers.length} managers are ready, ${needed} are needed to change anything`
  if (alive.length <= needed && alive.length < managers.length)
    return {
      check: 'managers',
      state: 'bad',
      message,
      hint: 'one more loss stops every change; bring the lost one back or promote a worker',
    }
  if (managers.length % 2 === 0 && managers.length > 0)
    return {
      check: 'managers',
      state: 'warning',
      message,
      hint: 'an even number survives no more losses than one less; promote or demote one',
    }
  if (managers.length === 1 && nodes.length > 2)
    return { check: 'managers', state: 'warning', message, hint: 'the Swarm stops with this one; promote two workers' }
  return { check: 'managers', state: 'good', message }
}

const checkAddresses = async (cluster: Cluster, signal: AbortSignal): Promise<readonly Finding[]> => {
  const networks = await cluster.json({ method: 'GET', path: '/networks' }, networksReply, signal)
  const subnets = networks.flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet ? [Subnet] : [])))
  const { used, total } = countSubnets(subnets)
  const message = `${used} of ${total} subnets of the address pool ${ADDRESS_POOL} ${used === 1 ? 'is' : 'are'} in use`
  const unallocated = networks.filter(({ Scope, Driver }) => Scope === 'swarm' && Driver === '').map(({ Name }) => Name)
  return [
    used / total >= poolWarningShare
      ? { check: 'addresses', state: 'warning', message, hint: 'remove apps or networks nobody needs' }
      : { check: 'addresses', state: 'good', message },
    ...unallocated.map((name): Finding => ({
      check: 'addresses',
      state: 'bad',
      message: `network ${name} has no subnet: what uses it never starts`,
      hint: 'its subnet overlaps another one; remove it and deploy again',
    })),
  ]
}

/** What only a node's own engine knows: its clock and its disk. */
const checkReachable = async (tools: DiagnoseTools, signal: AbortSignal): Promise<readonly Finding[]> => {
  const engines = await tools.nodes.list(signal)
  const nodes = await observeNodes(tools.cluster, signal)
  const nameOf = (id: string): string => nodes.find((node) => node.id === id)?.name ?? id
  const found = await Promise.all([...engines].map(([id, client]) => checkHost(nameOf(id), client, { tools, signal })))
  const unseen = nodes.filter(({ id }) => !engines.has(id)).map(({ name }) => name)
  if (unseen.length === 0) return found.flat()
  const message = `clock and disk of ${unseen.join(', ')} cannot be seen from here`
  return [...found.flat(), { check: 'reach', state: 'warning', message, hint: 'add --engine ssh://USER@NODE for each' }]
}

const checkHost = async (
  name: string,
  client: Client,
  { tools, signal }: { readonly tools: DiagnoseTools; readonly signal: AbortSignal },
): Promise<readonly Finding[]> => {
  const askedMs = tools.now()
  const info = await client.json({ method: 'GET', path: '/info' }, infoReply, signal)
  const answeredMs = tools.now()
  // The answer was made somewhere between asking and hearing.
  const skewMs = Math.max(askedMs - info.SystemTime, info.SystemTime - answeredMs, 0)
  const clock: Finding =
    skewMs > maxSkewMs
      ? {
          check: 'clock',
          state: 'bad',
          message: `the clock of ${name} is ${Math.round(skewMs / 1000)} s off`,
          hint: `run a time service (chrony) on ${name}`,
        }
      : { check: 'clock', state: 'good', message: `the clock of ${name} agrees with this machine's` }
  return [clock, ...(await findDiskFindings(name, info.DockerRootDir, client.endpoint))]
}
