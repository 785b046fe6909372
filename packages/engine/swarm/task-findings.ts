import type { ObservedNode } from '@atoll/plan'
import type { Finding } from '../engine.ts'
import { countTasks, standingMs, untouched } from './leader-findings.ts'
import type { Look } from './leader-findings.ts'
import { tasksReply } from './replies.ts'
import type { TaskReply } from './replies.ts'

/** An error this old may have been mended since. */
const recentMs = 600_000
const isAboutSpace = (error: string | undefined): boolean => error?.includes('no space left on device') === true

/** What tasks tell of the nodes they were placed on, also of those whose engines cannot be asked. The leader has rules of its own. */
export const findTaskFindings = async (
  { api, nodes, nowMs }: Look,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const tasks = await api.json({ method: 'GET', path: '/tasks' }, tasksReply, signal)
  const ofNodes = nodes.flatMap((node) => {
    const own = tasks.filter(({ NodeID }) => NodeID === node.id)
    return [
      ...findFullDisk(node, own, nowMs),
      ...findLackingImage(node, own, nowMs),
      ...findOutside(node, own, nowMs),
      ...(node.isLeader ? [] : findUntouched(node, own, nowMs)),
    ]
  })
  return [...ofNodes, ...findUnaddressed(tasks, nowMs)]
}

/** Before Swarm looks for a node it gives a task its addresses, and why it cannot stands in the log of one manager only. */
const findUnaddressed = (tasks: readonly TaskReply[], nowMs: number): readonly Finding[] => {
  const waiting = tasks.filter(
    ({ DesiredState, Status }) =>
      DesiredState === 'running' && Status.State === 'new' && nowMs - Status.Timestamp > standingMs,
  )
  if (waiting.length === 0) return []
  return [
    {
      check: 'addresses',
      state: 'bad',
      message: `${countTasks(waiting.length)} got no address in a network for over a minute`,
      hint: 'see "atoll status" of each app: a subnet is too small, or overlaps another',
    },
  ]
}

const findFullDisk = ({ name }: ObservedNode, tasks: readonly TaskReply[], nowMs: number): readonly Finding[] => {
  const told = tasks.find(({ Status }) => nowMs - Status.Timestamp < recentMs && isAboutSpace(Status.Err))
  if (told === undefined) return []
  return [
    {
      check: 'disk',
      state: 'bad',
      message: `${name} could not start a task within the last ${recentMs / 60_000} minutes: ${told.Status.Err}`,
      hint: `run "atoll prune --node ${name}", or give it more disk`,
    },
  ]
}

/**
 * Of an image that is in no registry: a node that joined after it was loaded has not got it. It has when anything of it runs there by
 * now; not every service that missed it goes on there, as that for workers on a node that became a manager.
 */
const findLackingImage = (
  { name, address }: ObservedNode,
  tasks: readonly TaskReply[],
  nowMs: number,
): readonly Finding[] => {
  const imageOf = ({ Spec }: TaskReply): string | undefined => Spec.ContainerSpec?.Image
  const had = new Set(tasks.filter(({ Status }) => Status.State === 'running').map(imageOf))
  const told = tasks.filter(
    (task) =>
      nowMs - task.Status.Timestamp < recentMs &&
      task.Status.Err?.includes('No such image') === true &&
      imageOf(task)?.startsWith('sha256:') === true &&
      !had.has(imageOf(task)),
  )
  if (told[0] === undefined) return []
  const isPlatform = told.some(({ Spec }) => Spec.ContainerSpec?.Labels?.['atoll.app'] === 'atoll')
  const what = isPlatform ? 'the image of the platform' : `image ${told[0].Spec.ContainerSpec?.Image}`
  const hint = isPlatform
    ? `run "atoll init" again with an --engine for each node, ssh://USER@${address || name} among them`
    : `load it there with "docker load", or deploy it from a registry`
  return [{ check: 'image', state: 'bad', message: `${name} lacks ${what}, which is in no registry`, hint }]
}

/** For a moment every node that starts is so. The engine remembers few tasks of a slot, so that no longer time can be asked for. */
const outside = { longerThanMs: 10_000, recentMs: 60_000 }

/**
 * Seen for five minutes, once, on a manager that was made a worker while it was away: it was listed as ready, was given tasks, and
 * refused them all. Why is not known; whether starting its engine anew helps was not tried.
 */
const findOutside = ({ name, state }: ObservedNode, tasks: readonly TaskReply[], nowMs: number): readonly Finding[] => {
  const refused = tasks
    .filter(({ Status }) => Status.Err?.includes('when swarm is not active') === true)
    .map(({ Status }) => Status.Timestamp)
  const begun = tasks.filter(({ Status }) => Status.State === 'running').map(({ Status }) => Status.Timestamp)
  const [first, last] = [Math.min(...refused), Math.max(...refused)]
  const isOver = begun.some((atMs) => atMs > last) || nowMs - last > outside.recentMs
  if (state !== 'ready' || refused.length === 0 || isOver || last - first < outside.longerThanMs) return []
  return [
    {
      check: 'swarm',
      state: 'bad',
      message: `${name} is ready, and its engine refuses tasks: it has not found its way into the Swarm`,
      hint: `try to restart the engine of ${name}; if that does not help, take the node out and let it join again`,
    },
  ]
}

/** Beginning takes a node no time. */
const findUntouched = (
  { name, state }: ObservedNode,
  tasks: readonly TaskReply[],
  nowMs: number,
): readonly Finding[] => {
  const lying = tasks.filter(
    ({ DesiredState, Status }) =>
      DesiredState === 'running' && untouched.has(Status.State) && nowMs - Status.Timestamp > standingMs,
  )
  if (state !== 'ready' || lying.length === 0) return []
  return [
    {
      check: 'swarm',
      state: 'bad',
      message: `${name} does not begin with ${countTasks(lying.length)} placed on it`,
      hint: `see the log of its engine; a full disk does this. Restart the engine, or drain ${name}`,
    },
  ]
}
