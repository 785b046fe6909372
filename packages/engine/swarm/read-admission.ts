import { z } from 'zod'
import type { Admission } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { list } from './replies.ts'

const swarmReply = z.object({ JoinTokens: z.object({ Worker: z.string() }) })
const infoReply = z.object({ Swarm: z.object({ RemoteManagers: list(z.object({ Addr: z.string() })) }) })

/** Asked of a manager. */
export const readAdmission = async (api: Api, signal: AbortSignal): Promise<Admission> => {
  const doing = 'ask how to join the cluster'
  const { JoinTokens } = await api.json({ method: 'GET', path: '/swarm', doing }, swarmReply, signal)
  const { Swarm } = await api.json({ method: 'GET', path: '/info', doing }, infoReply, signal)
  const managers = Swarm.RemoteManagers.map(({ Addr }) => Addr).filter((address) => address !== '')
  if (managers.length === 0) throw new EngineError('invalid', `${doing}: it names no manager; run "docker info" on one`)
  return { workerToken: JoinTokens.Worker, managers }
}
