import { explainOutcome } from '@atoll/plan'
import type { HeldNode } from '@atoll/plan'
import { isMarked, observeUpgrade, readNodeId } from '@atoll/server'
import type { Server, UpgradeFacts, UpgradeOrder } from '@atoll/server'
import type { Cluster } from '../../cluster/cluster.ts'
import { CommandError } from '../../errors.ts'
import type { Steps } from '../lay-ground.ts'

/** What there is to do on one node, before anything of it is changed. */
export interface Preflight {
  readonly node: HeldNode
  readonly facts: UpgradeFacts
  /** An upgrade has drained it and did not come to its end. */
  readonly isLeft: boolean
  /** What would be missed without it, a line each. */
  readonly risks: readonly string[]
}

export type Reboot = UpgradeOrder['reboot']

interface Looking {
  readonly cluster: Pick<Cluster, 'whatIf'>
  readonly server: Server
  readonly node: HeldNode
  readonly steps: Steps
}

/** CommandError `another-node` where the server is another; ServerError. */
export const preflight = async ({ cluster, server, node, steps }: Looking, signal: AbortSignal): Promise<Preflight> => {
  steps.onStep(`${node.name}: see what is old`)
  if ((await readNodeId(server, signal)) !== node.id) {
    throw new CommandError('another-node', `${server.name}: upgrade ${node.name}: that server is another node`, {
      hint: 'say with --on how ssh knows it',
    })
  }
  const place = { server, signal }
  const facts = await observeUpgrade(place, { onLine: steps.onLine })
  const { outcomes } = await cluster.whatIf({ lose: [node.id] }, signal)
  return { node, facts, isLeft: isDrained(node) && (await isMarked(place)), risks: outcomes.flatMap(explainOutcome) }
}

/** Or about to be. Pure. */
export const isDrained = ({ availability, drain }: HeldNode): boolean =>
  availability !== 'active' || drain !== undefined

/** Whether anything is to be done; a boot alone is something, too. Pure. */
export const isNeeded = ({ facts: { packages, isBroken, needsReboot }, isLeft }: Preflight, reboot: Reboot): boolean =>
  isLeft || isBroken || packages.length > 0 || reboot === 'always' || (reboot === 'auto' && needsReboot)

interface Rules {
  readonly acceptsLoss: boolean
}

/** One that takes part in nothing is not upgraded, nor one while another is away. CommandError `not-ready`, `would-lose`. */
export const requireSafe = ({ node, risks }: Preflight, nodes: readonly HeldNode[], { acceptsLoss }: Rules): void => {
  const away = nodes.filter(({ state }) => state !== 'ready').map(({ name }) => name)
  if (away.length > 0) {
    throw new CommandError('not-ready', `upgrade ${node.name}: ${away.join(', ')} is away`, {
      hint: 'begin with all nodes ready ("atoll node ls"); "atoll node rm" takes out one that is gone for good',
    })
  }
  if (risks.length === 0 || acceptsLoss) return
  throw new CommandError('would-lose', `upgrade ${node.name}: ${risks.slice(0, 5).join('; ')}`, {
    hint: 'mend that first, or say --accept-loss and mean it: what cannot move is away until the node is back',
  })
}
