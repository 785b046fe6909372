import { getNode, NotFoundError, RefusedError } from '@atoll/deploy'
import type { Context } from '@atoll/deploy'
import type { ObservedNode, Occupancy } from '@atoll/plan'
import { readNodeId, renameServer } from '@atoll/server'
import type { Server } from '@atoll/server'
import { CommandError } from '../errors.ts'
import type { Steps } from './lay-ground.ts'

export interface Renaming {
  readonly nodeId: string
  readonly from: string
  readonly to: string
  /** Where people log in to it, unless they say otherwise. */
  readonly address: string
}

/**
 * Looks whether a node can be called so. NotFoundError when there is no such node; RefusedError when another is, when it is away, or
 * when services are held to it by its name.
 */
export const judgeRenaming = (occupancy: Occupancy, given: string, to: string): Renaming => {
  const node = getNode(occupancy.nodes, given, `rename ${given}`)
  const doing = `rename ${node.name} to ${to}`
  const other = occupancy.nodes.find(({ id, name }) => name === to && id !== node.id)
  if (other !== undefined)
    throw new RefusedError(`${doing}: there is a node of that name`, { hint: 'take another one' })
  if (node.state !== 'ready')
    throw new RefusedError(`${doing}: it is ${node.state}`, {
      hint:
        node.state === 'unknown'
          ? 'the managers have a new leader, which has not heard of it yet: try again in half a minute'
          : 'start it first: the managers hear of the name from it',
    })
  const held = occupancy.services.filter(({ rules }) => rules.placement.constraints.some((text) => names(text, node)))
  if (held.length > 0) {
    throw new RefusedError(
      `${doing}: ${held.map(({ name }) => name).join(', ')} may run by its name alone, or not there`,
      {
        hint: 'say "node.labels.KEY==VALUE" in the compose file instead of "node.hostname", set that label, and deploy',
      },
    )
  }
  return { nodeId: node.id, from: node.name, to, address: node.address }
}

const names = (constraint: string, { name }: ObservedNode): boolean => {
  const [key = '', value = ''] = constraint.split(/[!=]=/).map((part) => part.trim().toLowerCase())
  return key === 'node.hostname' && value === name.toLowerCase()
}

interface World {
  readonly context: Pick<Context, 'engine' | 'clock'>
  readonly server: Server
  readonly steps: Steps
}

/** The engine tells the managers every twenty seconds. */
const heardMs = 90_000
const everyMs = 500

/** Names the server and waits until the managers call the node so. CommandError `another-node`, `not-heard`; ServerError. */
export const renameNode = async (world: World, renaming: Renaming, signal: AbortSignal): Promise<void> => {
  const { context, server, steps } = world
  const { nodeId, from, to } = renaming
  if ((await readNodeId(server, signal)) !== nodeId) {
    throw new CommandError('another-node', `${server.name}: rename ${from}: that server is another node`, {
      hint: 'say with --on where it is',
    })
  }
  steps.onStep(`name the server ${to}`)
  await renameServer({ server, signal }, to)
  steps.onStep('wait until the managers hear of it, which takes up to half a minute')
  const untilMs = context.clock.now() + heardMs
  while (context.clock.now() < untilMs) {
    const node = (await context.engine.nodes(signal)).find(({ id }) => id === nodeId)
    if (node === undefined) throw new NotFoundError(`rename ${from}: it left the cluster`)
    if (node.name === to) return
    await context.clock.wait(everyMs, signal)
  }
  throw new CommandError('not-heard', `rename ${from}: the managers call it so still after ${heardMs / 1000} s`, {
    hint: `the server is called ${to}; restart Docker there, and they hear of it`,
  })
}
