import { isWitness } from '@atoll/plan'
import type { Observed, ObservedNode } from '@atoll/plan'
import type { DeploymentRecord } from '../records.ts'
import { entry } from './timeline-entry.ts'
import type { TimelineEntry } from './timeline-entry.ts'
import type { NodeEvent } from './watch-records.ts'

export interface NodeStory {
  readonly observed: Observed
  readonly deployments: readonly DeploymentRecord[]
  readonly nodeEvents: readonly NodeEvent[]
  readonly nowMs: number
}

/** What happened to the nodes this environment was on, and how those are that take no tasks now. */
export const tellNodes = ({ observed, deployments, nodeEvents, nowMs }: NodeStory): readonly TimelineEntry[] => {
  const own = listOwnNodes(observed, deployments)
  return [
    ...nodeEvents.filter(({ nodeId, kind }) => ofCluster.has(kind) || own.has(nodeId)).map(tellEvent),
    ...observed.nodes.flatMap((node) => describeNode(node, nowMs)),
  ]
}

/** What happened to others is none of its story. */
const listOwnNodes = (observed: Observed, deployments: readonly DeploymentRecord[]): ReadonlySet<string> =>
  new Set(
    [
      ...observed.services.filter(({ isOwned }) => isOwned).flatMap(({ tasks }) => tasks),
      ...observed.volumes,
      ...deployments.flatMap(({ receipt }) => receipt.tasks),
    ].flatMap(({ nodeId }) => nodeId ?? []),
  )

/** Who leads and who manages concerns every app. */
const ofCluster: ReadonlySet<NodeEvent['kind']> = new Set(['leads', 'promoted', 'demoted'])

const tellEvent = ({ atMs, node, kind, note }: NodeEvent): TimelineEntry => {
  const message = `${node} ${words[kind]}${note === undefined ? '' : `: ${note}`}`
  return entry({ atMs, kind: 'node', node, message, isBad: kind === 'down' })
}

const words: Readonly<Record<NodeEvent['kind'], string>> = {
  down: 'did not answer any more',
  back: 'was back',
  drained: 'was drained: its tasks went elsewhere',
  paused: 'was paused: it kept its tasks and took no more',
  active: 'took tasks again',
  joined: 'joined the cluster',
  removed: 'left the cluster',
  leads: 'became the leader',
  promoted: 'was made a manager by the platform',
  demoted: 'was made a worker by the platform',
}

const describeNode = (node: ObservedNode, nowMs: number): readonly TimelineEntry[] => {
  const { name, state, availability } = node
  const base = { atMs: nowMs, kind: 'node' as const, node: name }
  if (state !== 'ready') return [entry({ ...base, message: `${name} does not answer (${state})`, isBad: true })]
  if (isWitness(node)) return []
  return availability === 'active' ? [] : [entry({ ...base, message: `${name} takes no tasks (${availability})` })]
}
