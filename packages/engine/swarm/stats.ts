import { z } from 'zod'
import type { TaskSample } from '../reach.ts'
import type { Api } from './client.ts'
import { ignoreAbsent } from './ignore-errors.ts'
import { containersReply } from './replies.ts'

const taskLabel = 'com.docker.swarm.task.id'
/** Each is a moment's work of the engine. */
const mostAtOnce = 8

/** One look at each of the tasks that has a running container on the engine. */
export const sampleTasks = async (
  node: Api,
  taskIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly TaskSample[]> => {
  const wanted = new Set(taskIds)
  const query = { filters: { label: [taskLabel], status: ['running'] } }
  const call = { method: 'GET', path: '/containers/json', query, doing: 'list the containers of tasks' } as const
  const containers = await node.json(call, containersReply, signal)
  const waiting = containers.flatMap(({ Id, Labels }) => {
    const taskId = Labels[taskLabel]
    return taskId !== undefined && wanted.has(taskId) ? [{ id: Id, taskId }] : []
  })
  const samples: TaskSample[] = []
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const reply = await readStats(node, next.id, signal)
      if (reply !== undefined) samples.push({ taskId: next.taskId, ...describeStats(reply) })
    }
  }
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, waiting.length) }, work))
  return samples
}

const readStats = async (node: Api, id: string, signal: AbortSignal): Promise<StatsReply | undefined> => {
  // `one-shot` leaves out the second look, for which the engine would wait a second.
  const query = { stream: false, 'one-shot': true }
  const call = { method: 'GET', path: `/containers/${id}/stats`, query, doing: 'read what a container uses' } as const
  return node.json(call, statsReply, signal).catch(ignoreAbsent)
}

const count = z.number().default(0)
const network = z.object({ rx_bytes: count, tx_bytes: count })
const statsReply = z.object({
  /** Go's zero time once the container has ended. */
  read: z.string(),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: count }) }),
  memory_stats: z.object({
    usage: count,
    limit: count,
    stats: z.record(z.string(), z.number()).nullish(),
  }),
  networks: z.record(z.string(), network).nullish(),
  blkio_stats: z
    .object({ io_service_bytes_recursive: z.array(z.object({ op: z.string(), value: z.number() })).nullish() })
    .nullish(),
  pids_stats: z.object({ current: count }).nullish(),
})
type StatsReply = z.output<typeof statsReply>

/** As `docker stats` counts; with control groups of the first version the names of what is reclaimable differ. */
const describeStats = (reply: StatsReply): Omit<TaskSample, 'taskId'> => {
  const { read, cpu_stats, memory_stats, networks, blkio_stats, pids_stats } = reply
  const { usage, limit, stats } = memory_stats
  const reclaimable = stats?.['total_inactive_file'] ?? stats?.['inactive_file'] ?? 0
  const links = Object.values(networks ?? {})
  const transfers = blkio_stats?.io_service_bytes_recursive ?? []
  return {
    atMs: parseMoment(read),
    cpuNs: cpu_stats.cpu_usage.total_usage,
    memoryBytes: Math.max(0, usage - reclaimable),
    memoryLimitBytes: limit,
    networkInBytes: sum(links.map(({ rx_bytes }) => rx_bytes)),
    networkOutBytes: sum(links.map(({ tx_bytes }) => tx_bytes)),
    readBytes: sum(transfers.filter(({ op }) => /^read$/i.test(op)).map(({ value }) => value)),
    writtenBytes: sum(transfers.filter(({ op }) => /^write$/i.test(op)).map(({ value }) => value)),
    processes: pids_stats?.current ?? 0,
  }
}

/** A look lasts milliseconds, so what is below them counts. */
const parseMoment = (text: string): number => {
  const [, fraction = ''] = /\.\d{3}(\d*)Z$/.exec(text) ?? []
  return (Date.parse(text) || 0) + (fraction === '' ? 0 : Number(`0.${fraction}`))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
