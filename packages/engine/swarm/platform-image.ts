import { z } from 'zod'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'

const runningReply = z.array(z.object({ ImageID: z.string() }))
const imagesReply = z.array(z.object({ Id: z.string(), Created: z.number() }))

/** Name of the service whose task every node has, and of its image. */
const agentService = 'atoll_system_agent'
const repositories = ['*/atoll/system', 'atoll/system']

/** Id of the platform's image on the engine: that of the agent that runs there, else the newest there is. `not-found` without. */
export const findPlatformImage = async (node: Api, doing: string, signal: AbortSignal): Promise<string> => {
  const label = [`com.docker.swarm.service.name=${agentService}`]
  const running = { method: 'GET', path: '/containers/json', query: { filters: { label } }, doing } as const
  const [agent] = await node.json(running, runningReply, signal)
  if (agent !== undefined) return agent.ImageID
  const kept = { method: 'GET', path: '/images/json', query: { filters: { reference: repositories } }, doing } as const
  const images = await node.json(kept, imagesReply, signal)
  const newest = images.toSorted((a, b) => b.Created - a.Created)[0]
  if (newest !== undefined) return newest.Id
  throw new EngineError(
    'not-found',
    `${doing}: it takes a small program of the platform's image, which this node does not have; "atoll init" brings it`,
  )
}
