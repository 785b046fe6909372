import { describeDeployment } from './tell-deployments.ts'
import { tellNodes } from './tell-nodes.ts'
import { describeTasks } from './tell-tasks.ts'
import type { TaskStory } from './tell-tasks.ts'
import { entry } from './timeline-entry.ts'
import type { TimelineEntry } from './timeline-entry.ts'
import type { NameRecord, NodeEvent } from './watch-records.ts'

export type { TimelineEntry } from './timeline-entry.ts'

export interface TimelineInput extends Omit<TaskStory, 'nodeEvents'> {
  readonly nowMs: number
  /** Of an environment that is to be repaired by itself and is not any more: what is left as it is. */
  readonly unrepaired?: readonly string[]
  /** What a control wrote down of names and nodes; nobody does in direct mode. */
  readonly names?: NameRecord | undefined
  readonly nodeEvents?: readonly NodeEvent[]
}

/**
 * What happened, oldest first: deployments with their causes, deaths of tasks, tasks that moved, nodes that went and came,
 * names that were lost.
 */
export const buildTimeline = (input: TimelineInput): readonly TimelineEntry[] => {
  const story = { nodeEvents: [], ...input }
  const owned = input.observed.services.filter(({ isOwned }) => isOwned)
  return fold(
    [
      ...input.deployments.flatMap(describeDeployment),
      ...owned.flatMap((service) => describeTasks(service, story)),
      ...tellNodes(story),
      ...tellRepairs(input.names),
      ...tellNames(input.names),
      ...describeUnrepaired(input),
    ].toSorted((a, b) => a.atMs - b.atMs),
  )
}

const describeUnrepaired = ({ unrepaired = [], nowMs }: TimelineInput): readonly TimelineEntry[] =>
  unrepaired.length === 0
    ? []
    : [
        entry({
          atMs: nowMs,
          kind: 'deployment',
          message: 'what was repaired is changed again and again; from here on it is only reported',
          hint: 'find who changes it, then "atoll repair"; or keep the change with "atoll adopt" and in the compose file',
          details: unrepaired,
          isBad: true,
        }),
      ]

const tellRepairs = (names: NameRecord | undefined): readonly TimelineEntry[] =>
  (names?.repairs ?? []).map(({ service, atMs, reason }) =>
    entry({ atMs, kind: 'task', service, message: `${service} was restarted by the platform: ${reason}` }),
  )

const tellNames = (names: NameRecord | undefined): readonly TimelineEntry[] =>
  (names?.troubles ?? []).map(({ service, node, sinceMs, message, hint }) =>
    entry({ atMs: sinceMs, kind: 'task', service, node, message, hint, isBad: true }),
  )

/** A crash loop is one line. */
const fold = (entries: readonly TimelineEntry[]): readonly TimelineEntry[] => {
  const folded: TimelineEntry[] = []
  for (const next of entries) {
    const last = folded.at(-1)
    if (last?.kind === 'task' && last.message === next.message) {
      folded[folded.length - 1] = { ...next, times: last.times + 1 }
    } else folded.push(next)
  }
  return folded
}
