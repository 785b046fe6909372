import type { Duplex } from 'node:stream'
import type { Client } from './client.ts'
import { ignoreEngineError } from './ignore-errors.ts'
import { findPlatformImage } from './platform-image.ts'
import { createdReply } from './replies.ts'

const memoryBytes = 64 * 1024 * 1024
const doing = 'hold networks of the Swarm on this node'

/**
 * Keeps networks of the Swarm on a node. An engine brings one there for tasks of it, and for containers that are none, and takes
 * it away with the last of them; what is joined to it beside them counts for nothing: it is refused where there is no such task,
 * and left in a network that the managers have forgotten. So a container that is no task is in each of these networks, as nobody
 * and without rights: the managers give it an address, and remove no network that it is in.
 */
export interface NetworkHolder {
  /** Those it is in. */
  networks(): ReadonlySet<string>
  hold(network: string, signal: AbortSignal): Promise<void>
  release(network: string, signal: AbortSignal): Promise<void>
}

interface Held {
  readonly id: string
  readonly networks: Set<string>
  readonly input: Duplex
}

/** It lives as long as this process holds its input: nobody has to look for what a killed agent left. */
export const openNetworkHolder = (node: Client): NetworkHolder => {
  let held: Promise<Held> | undefined
  let networks: ReadonlySet<string> = new Set()
  const forget = (): void => {
    held = undefined
    networks = new Set()
  }
  const ensure = async (): Promise<Held> => {
    held ??= startHolder(node, forget)
    try {
      const current = await held
      networks = current.networks
      return current
    } catch (error) {
      forget()
      throw error
    }
  }
  return {
    networks: () => networks,
    hold: async (network, signal) => {
      const { id, networks: own } = await ensure()
      if (own.has(network)) return
      await change(node, { id, network, what: 'connect' }, signal)
      own.add(network)
    },
    release: async (network, signal) => {
      if (!networks.has(network)) return
      const { id, networks: own } = await ensure()
      await change(node, { id, network, what: 'disconnect' }, signal)
      own.delete(network)
    },
  }
}

interface Change {
  readonly id: string
  readonly network: string
  readonly what: 'connect' | 'disconnect'
}

const change = (node: Client, { id, network, what }: Change, signal: AbortSignal): Promise<void> => {
  const path = `/networks/${encodeURIComponent(network)}/${what}`
  return node.send(
    { method: 'POST', path, body: { Container: id }, doing: `${what} ${network} and its holder` },
    signal,
  )
}

const startHolder = async (node: Client, onEnd: () => void): Promise<Held> => {
  const signal = AbortSignal.timeout(startMs)
  const Image = await findPlatformImage(node, doing, signal)
  const body = { ...holderBody, Image }
  const { id } = await node.json({ method: 'POST', path: '/containers/create', body, doing }, createdReply, signal)
  const query = { stream: true, stdin: true }
  const call = { method: 'POST', path: `/containers/${id}/attach`, query, doing } as const
  const input = await node.hijack(call, new AbortController().signal)
  input.on('error', () => undefined).on('close', onEnd)
  input.resume()
  try {
    await node.send({ method: 'POST', path: `/containers/${id}/start`, doing }, signal)
    return { id, networks: new Set(), input }
  } catch (error) {
    input.destroy()
    const removal = { method: 'DELETE', path: `/containers/${id}`, query: { force: true } } as const
    await node.send(removal, AbortSignal.timeout(startMs)).catch(ignoreEngineError)
    throw error
  }
}

const startMs = 30_000

const holderBody = {
  Entrypoint: ['/atoll/node', '--max-old-space-size=8', '--max-semi-space-size=1', '-e', 'process.stdin.resume()'],
  User: '65534:65534',
  Labels: { 'atoll.hold': 'agent' },
  OpenStdin: true,
  StdinOnce: true,
  AttachStdin: true,
  HostConfig: {
    NetworkMode: 'bridge',
    AutoRemove: true,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Memory: memoryBytes,
    PidsLimit: 32,
    LogConfig: { Type: 'none' },
  },
}
