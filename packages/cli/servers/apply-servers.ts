import type { Server } from '@atoll/server'
import { openSsh } from '@atoll/server'
import { converge, observeStanding, parseNetwork, propose } from '@atoll/server/declared'
import type { Proposal, Sources, Standing } from '@atoll/server/declared'
import { CommandError } from '../errors.ts'
import { forEachAtOnce } from './each.ts'
import type { Target } from './find-targets.ts'

/** A server we are logged in to, with what is to be done there; or why that cannot be told. */
export type Looked =
  | {
      readonly kind: 'looked'
      readonly target: Target
      readonly server: Server
      readonly propose: () => Promise<Proposal>
      readonly proposal: Proposal
    }
  | { readonly kind: 'failed'; readonly target: Target; readonly error: unknown }

type Entered =
  | {
      readonly kind: 'entered'
      readonly target: Target
      readonly server: Server
      readonly standing: Standing | undefined
    }
  | Extract<Looked, { kind: 'failed' }>

interface Search {
  readonly sources: Sources
  /** Addresses of nodes by file and cluster, and whether the cluster was there to be asked. */
  readonly cluster: { readonly addresses: readonly string[]; readonly isKnown: boolean }
  readonly signal: AbortSignal
  /** Keeps what is opened, and closes it at the end. */
  readonly stack: AsyncDisposableStack
}

/** Logs in to each server and looks what is to be done there. One that fails stands in nobody's way. */
export const lookAtServers = async (targets: readonly Target[], search: Search): Promise<readonly Looked[]> => {
  const entered = await forEachAtOnce(targets, (target) => enter(target, search))
  const around = describeCluster(entered, search)
  return forEachAtOnce(entered, (each) => look(each, { search, around }))
}

const enter = async (target: Target, { signal, stack }: Search): Promise<Entered> => {
  try {
    const server = stack.use(await openSsh(target.login, signal))
    return { kind: 'entered', target, server, standing: await observeStanding({ server, signal }, target.settings) }
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'failed', target, error }
  }
}

interface Around {
  /** Addresses of all nodes that anybody knows of. */
  readonly peers: readonly string[]
  /** Whether these are all there are. */
  readonly isWhole: boolean
}

const describeCluster = (entered: readonly Entered[], { cluster }: Search): Around => {
  const swarms = entered.flatMap((each) => (each.kind === 'entered' ? (each.standing?.swarm ?? []) : []))
  const isTold = cluster.isKnown || swarms.some(({ isPartial, peers }) => !isPartial && peers.length > 0)
  return {
    peers: [...cluster.addresses, ...swarms.flatMap(({ peers }) => peers)],
    isWhole: isTold || swarms.every(({ isPartial }) => !isPartial),
  }
}

const look = async (
  entered: Entered,
  { search, around }: { readonly search: Search; readonly around: Around },
): Promise<Looked> => {
  if (entered.kind === 'failed') return entered
  const { target, server, standing } = entered
  const { sources, signal } = search
  try {
    if (standing !== undefined && !around.isWhole) throw unknownPeers(target.node)
    const peers = around.peers.filter((peer) => parseNetwork(peer) !== undefined)
    const facts = { ...(standing === undefined ? {} : { sshPort: standing.sshPort }), peers }
    const proposeAgain = () => propose({ server, signal }, { settings: target.settings, sources }, facts)
    return { kind: 'looked', target, server, propose: proposeAgain, proposal: await proposeAgain() }
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'failed', target, error }
  }
}

const unknownPeers = (node: string): CommandError =>
  new CommandError(
    'unknown-peers',
    `firewall of ${node}: it is a worker of a Swarm whose other nodes nobody here knows`,
    {
      hint: 'list a manager under nodes: too, or let a cluster be reached (--engine, atoll login)',
    },
  )

export interface Progress {
  readonly onBegin: (node: string, subject: string) => void
  readonly onDone: (node: string, subject: string) => void
  readonly onFailed: (node: string, error: unknown) => void
}

export interface Ended {
  readonly node: string
  readonly done: number
  readonly error?: unknown
}

/** Does what was proposed, on several servers at a time. A step that fails ends that server's and no other's. */
export const applyToServers = (
  looked: readonly Extract<Looked, { kind: 'looked' }>[],
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: Progress },
): Promise<readonly Ended[]> =>
  forEachAtOnce(looked, async ({ target, server, proposal, propose }) => {
    const { node, login } = target
    let done = 0
    try {
      await converge({ server, signal, enter: (ending) => openSsh(login, ending) }, proposal, {
        propose,
        onBegin: ({ subject }) => progress.onBegin(node, subject),
        onDone: ({ subject }) => {
          done += 1
          progress.onDone(node, subject)
        },
      })
      return { node, done }
    } catch (error) {
      signal.throwIfAborted()
      progress.onFailed(node, error)
      return { node, done, error }
    }
  })
