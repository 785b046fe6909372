import { ask, askLines, order } from './ask.ts'
import type { Place } from './ask.ts'
import { ServerError } from './errors.ts'
import { leaveSwarm } from './swarm.ts'
import type { Server } from './server.ts'
import { applyKeepalived } from './vips/apply-keepalived.ts'

/** What is left on a server, because it is somebody's. */
export interface Cleaned {
  /** Engine names of volumes of apps. */
  readonly volumes: readonly string[]
}

/**
 * Ends what a server was as this node of a cluster: its tasks, its part of virtual addresses, and what the platform kept there, keys
 * and certificates among it. Docker stays, and what apps have written into volumes. May be repeated. ServerError, also when
 * the server is another node.
 */
export async function cleanServer(server: Server, nodeId: string, signal: AbortSignal): Promise<Cleaned> {
  const place = { server, signal }
  await requireNode(place, nodeId)
  await applyKeepalived(place, undefined)
  await leaveSwarm(server, signal)
  const list = (...argv: readonly string[]) => askLines(place, ['docker', ...argv])
  const isOfTask = 'label=com.docker.swarm.task.id'
  await remove(place, ['container', 'rm', '--force'], await list('ps', '--all', '--quiet', '--filter', isOfTask))
  const ours = 'label=atoll.app=atoll'
  await remove(place, ['volume', 'rm'], await list('volume', 'ls', '--quiet', '--filter', ours))
  await remove(place, ['image', 'rm', '--force'], await list('image', 'ls', '--quiet', 'atoll-system'))
  return { volumes: await list('volume', 'ls', '--quiet', '--filter', 'label=atoll.app') }
}

const remove = async (place: Place, argv: readonly string[], names: readonly string[]): Promise<void> => {
  if (names.length > 0) await order(place, ['docker', ...argv, ...new Set(names)])
}

/** One that has left already is nobody's node; another would lose its cluster. */
const requireNode = async (place: Place, nodeId: string): Promise<void> => {
  const { stdout } = await ask(place, ['docker', 'info', '--format', '{{.Swarm.NodeID}}'])
  if (['', nodeId].includes(stdout.trim())) return
  throw new ServerError(`${place.server.name}: it is another node`, {
    code: 'command-failed',
    retry: false,
    hint: 'say with --on where it is',
  })
}
