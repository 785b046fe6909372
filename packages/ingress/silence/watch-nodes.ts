import { setTimeout as delay } from 'node:timers/promises'
import type { RouteTable } from '../table.ts'
import { isThere } from './is-there.ts'

/** Swarm's gossip: every node listens there for the others. One that refuses says as much. */
const port = 7946
/** A node that lost its power is known within twice the time between two questions and this. */
const [everyMs, answerMs, mostMissed] = [250, 250, 2]
/** Questions a second, from each node: the more nodes there are, the more seldom each is asked. */
const mostASecond = 40

/** Has others answer what waits for tasks at these addresses; gives how much that is. */
type Leave = (tasks: ReadonlySet<string>) => Promise<number>

/** What became of a node, and how many requests others were asked because of it. */
type Told =
  | { readonly is: 'silent'; readonly again: number }
  | { readonly is: 'silent'; readonly error: string }
  | { readonly is: 'back' }

/** Asks the nodes of tasks whether they are there: connections to one that lost its power are silent, and say nothing of it. */
export interface NodeWatch {
  /** What is served from now on. */
  readonly know: (table: RouteTable) => void
  /** Leaves the tasks of each node that is silent and was not, until the signal comes. */
  readonly run: (leave: Leave, signal: AbortSignal) => Promise<void>
}

export const createNodeWatch = (say: (node: string, told: Told) => void): NodeWatch => {
  const missed = new Map<string, number>()
  let tasks: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  const look = async (node: string, leave: Leave): Promise<void> => {
    const before = missed.get(node) ?? 0
    const now = (await isThere(node, port, answerMs)) ? 0 : before + 1
    missed.set(node, now)
    if (now === 0 && before >= mostMissed) say(node, { is: 'back' })
    if (now !== mostMissed) return
    try {
      say(node, { is: 'silent', again: await leave(tasks.get(node) ?? new Set()) })
    } catch (error) {
      say(node, { is: 'silent', error: String(error) })
    }
  }
  return {
    know: (table) => {
      tasks = tasksByNode(table)
      for (const node of missed.keys()) if (!tasks.has(node)) missed.delete(node)
    },
    run: async (leave, signal) => {
      while (!signal.aborted) {
        const beganMs = performance.now()
        await Promise.all([...tasks.keys()].map((node) => look(node, leave)))
        const restMs = paceOf(tasks.size) - (performance.now() - beganMs)
        await delay(Math.max(0, restMs), undefined, { signal, ref: false }).catch(() => undefined)
      }
    },
  }
}

const paceOf = (nodes: number): number => Math.max(everyMs, (nodes * 1_000) / mostASecond)

/** By address of the node. */
const tasksByNode = ({ environments }: RouteTable): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>()
  for (const { node, address } of environments.flatMap(({ endpoints }) => Object.values(endpoints).flat())) {
    if (node !== undefined) found.set(node, (found.get(node) ?? new Set()).add(address))
  }
  return found
}
