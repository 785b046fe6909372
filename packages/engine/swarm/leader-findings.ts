import type { ObservedNode } from '@atoll/plan'
import type { Finding } from '../engine.ts'
import type { Api } from './client.ts'
import { tasksReply } from './replies.ts'
import type { TaskReply } from './replies.ts'

/** A task that has been in one state on its way up for so long stands. */
export const standingMs = 60_000

/** The node's agent has not even begun with these, and beginning takes no time. */
export const untouched: ReadonlySet<string> = new Set(['assigned', 'accepted'])
/** A big image or a slow health check may hold these up too. */
const slow: ReadonlySet<string> = new Set(['preparing', 'starting'])

/** Where findings come from. */
export interface Look {
  readonly api: Api
  readonly nodes: readonly ObservedNode[]
  readonly nowMs: number
}

/**
 * Seen after link cuts: a leader that leads and lost the way to its own agent. It is listed as ready, or as down, and
 * nothing that is placed on it ever starts, until it is made a manager anew.
 */
export const findLeaderFindings = async (
  { api, nodes, nowMs }: Look,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const leader = nodes.find(({ isLeader }) => isLeader)
  if (leader === undefined) return []
  const hint = hintFor(leader, nodes)
  // Of a node that is down there is more to say than its tasks can.
  if (leader.state === 'down')
    return [bad(`${leader.name} leads the Swarm and is listed as down: no task is placed on it`, hint)]
  const filters = { node: [leader.id], 'desired-state': ['running'] }
  const tasks = await api.json({ method: 'GET', path: '/tasks', query: { filters } }, tasksReply, signal)
  const standing = tasks.filter(({ Status }) => nowMs - Status.Timestamp > standingMs)
  const isIn = (states: ReadonlySet<string>): readonly TaskReply[] =>
    standing.filter(({ Status }) => states.has(Status.State))
  const [lost, held] = [isIn(untouched).length, isIn(slow).length]
  if (lost > 0)
    return [bad(`${leader.name} leads the Swarm and does not begin with ${countTasks(lost)} placed on it`, hint)]
  if (held === 0) return []
  const message = `${leader.name} leads the Swarm and has not started ${countTasks(held)} for over a minute`
  return [
    {
      check: 'swarm',
      state: 'warning',
      message,
      hint: `if no image is being pulled and no health check waits: ${hint}`,
    },
  ]
}

const bad = (message: string, hint: string): Finding => ({ check: 'swarm', state: 'bad', message, hint })

export const countTasks = (count: number): string => (count === 1 ? '1 task' : `${count} tasks`)

/** The only manager cannot be demoted. */
const hintFor = ({ name }: ObservedNode, nodes: readonly ObservedNode[]): string =>
  nodes.filter(({ isManager }) => isManager).length > 1
    ? `run "docker node demote ${name}" and then "docker node promote ${name}" on another manager`
    : `restart the engine of ${name}`
