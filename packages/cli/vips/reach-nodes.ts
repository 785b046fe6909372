import type { HeldNode } from '@atoll/plan'
import type { SshLogin } from '@atoll/server'
import { observeVipHost } from '@atoll/server/vips'
import type { Place, VipHost } from '@atoll/server/vips'
import type { Cli } from '../cli.ts'
import { forEachAtOnce } from '../servers/each.ts'

/** A node we are logged in to, and what was seen there; or why not. */
export type Reached = ReachedNode | MissedNode

export interface ReachedNode {
  readonly kind: 'reached'
  readonly node: HeldNode
  readonly place: Place
  readonly host: VipHost
}

export interface MissedNode {
  readonly kind: 'missed'
  readonly node: HeldNode
  readonly error: unknown
}

export interface Way {
  readonly loginFor: (node: HeldNode) => SshLogin
  /** Keeps what is opened, and closes it at the end. */
  readonly stack: AsyncDisposableStack
}

/** Logs in to each and looks. One that is not reached stands in nobody's way. */
export const reachNodes = (
  cli: Pick<Cli, 'openServer' | 'signal'>,
  nodes: readonly HeldNode[],
  { loginFor, stack }: Way,
): Promise<readonly Reached[]> =>
  forEachAtOnce(nodes, async (node): Promise<Reached> => {
    try {
      const server = stack.use(await cli.openServer(loginFor(node)))
      const place = { server, signal: cli.signal }
      return { kind: 'reached', node, place, host: await observeVipHost(place) }
    } catch (error) {
      cli.signal.throwIfAborted()
      return { kind: 'missed', node, error }
    }
  })

export const isReached = (each: Reached): each is ReachedNode => each.kind === 'reached'

/** Looks once more, at what changes by itself. */
export const lookAgain = (reached: readonly ReachedNode[]): Promise<readonly ReachedNode[]> =>
  forEachAtOnce(reached, async (each) => ({ ...each, host: await observeVipHost(each.place) }))

/** What the error says, in a line. */
export const whyMissed = ({ error }: MissedNode): string => (error instanceof Error ? error.message : String(error))
