import type { LogLine, LogQuery } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { environmentLabels } from './labels.ts'
import { fillGap } from './fill-gap.ts'
import type { LogTools } from './fill-gap.ts'
import type { Gap } from './log-gap.ts'
import { readLogStream } from './log-stream.ts'
import type { LogRequest } from './log-stream.ts'
import { mergeLines } from './merge-lines.ts'
import { servicesReply, taskReply } from './replies.ts'
import type { ServiceReply } from './replies.ts'

/**
 * Lines of all tasks of the services asked for, merged by time. Each service is one request: the manager collects from the
 * nodes. Nodes it has lost sight of are asked themselves. The lines of those that do not answer either are missing; a line of
 * the stream `stderr` then says so.
 */
export async function* readLogs(tools: LogTools, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
  const { api } = tools
  const services = await ofTask(api, await listServices(api, query, signal), { query, signal })
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  try {
    const streams = services.flatMap((service) => readService(tools, { service, query }, ended))
    yield* mergeLines(streams, { isLive: query.follow })
  } finally {
    ending.abort()
  }
}

/** Side by side, as the one may go on while there is more of the other. */
const readService = (tools: LogTools, request: LogRequest, signal: AbortSignal): readonly AsyncIterable<LogLine>[] => {
  const told = Promise.withResolvers<Gap | undefined>()
  const fill = async function* (): AsyncIterable<LogLine> {
    const gap = await told.promise
    if (gap !== undefined) yield* fillGap(tools, { ...request, gap }, signal)
  }
  return [readLogStream(tools.api, { ...request, tellGap: told.resolve }, signal), fill()]
}

const listServices = async (api: Api, query: LogQuery, signal: AbortSignal): Promise<readonly ServiceReply[]> => {
  const filters = { label: environmentLabels(query.ref) }
  const services = await api.json({ method: 'GET', path: '/services', query: { filters } }, servicesReply, signal)
  const absent = query.services.filter((name) => !services.some((service) => nameOf(service) === name))
  if (absent.length > 0)
    throw new EngineError(
      'not-found',
      `read the logs of ${query.ref.app}/${query.ref.environment}: no service is called ${absent.join(', ')}; there are ${services.map(nameOf).sort().join(', ') || 'none'}`,
    )
  return services.filter((service) => query.services.length === 0 || query.services.includes(nameOf(service)))
}

/** A task asked for is of one service only. */
const ofTask = async (
  api: Api,
  services: readonly ServiceReply[],
  { query, signal }: { readonly query: LogQuery; readonly signal: AbortSignal },
): Promise<readonly ServiceReply[]> => {
  if (query.taskId === undefined) return services
  const doing = `read the logs of task ${query.taskId}`
  const task = await api.json({ method: 'GET', path: `/tasks/${query.taskId}`, doing }, taskReply, signal)
  return services.filter(({ ID }) => ID === task.ServiceID)
}

const nameOf = (service: ServiceReply): string => service.Spec.Labels['atoll.service'] ?? service.Spec.Name
