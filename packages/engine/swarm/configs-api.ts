import { randomUUID } from 'node:crypto'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { eventReply, filesReply } from './replies.ts'
import { createdReply } from './replies.ts'
import type { FileReply } from './replies.ts'
import { readJsonLines } from './streams.ts'
import { ignoreAbsent } from './ignore-errors.ts'

/** Swarm configs as `@atoll/store` wants them: the shape is its port's, so that neither room knows the other. */
export interface ConfigsApi {
  create(config: NewConfig, signal: AbortSignal): Promise<string>
  list(filter: ConfigFilter, signal: AbortSignal): Promise<readonly StoredConfig[]>
  remove(id: string, signal: AbortSignal): Promise<void>
  events(signal: AbortSignal): AsyncIterable<{ readonly name: string }>
}

interface StoredConfig {
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly data: Uint8Array
  /** The place of its creation in the Raft's log: a config of ours is never changed. */
  readonly index: number
}

type NewConfig = Omit<StoredConfig, 'id' | 'index'>

interface ConfigFilter {
  readonly labels: Readonly<Record<string, string>>
  readonly namePrefix?: string
}

/** Tells our own config from another's of the same name, when the answer to a create was lost and it is sent again. */
const writerLabel = 'atoll.writer'

export const openConfigsApi = (api: Api): ConfigsApi => ({
  create: (config, signal) => createOnce(api, config, signal),
  list: async ({ labels, namePrefix }, signal) => {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
    const filters = { label, ...(namePrefix !== undefined && { name: [namePrefix] }) }
    const found = await listConfigs(api, filters, signal)
    return found.filter(({ Spec }) => Spec.Name.startsWith(namePrefix ?? '')).map(readConfig)
  },
  remove: async (id, signal) => {
    await api.send({ method: 'DELETE', path: `/configs/${id}` }, signal).catch(ignoreAbsent)
  },
  events: (signal) => followEvents(api, signal),
})

const createOnce = async (api: Api, { name, labels, data }: NewConfig, signal: AbortSignal): Promise<string> => {
  const writer = randomUUID()
  const body = { Name: name, Labels: { ...labels, [writerLabel]: writer }, Data: Buffer.from(data).toString('base64') }
  const call = { method: 'POST', path: '/configs/create', body, doing: `create config ${name}` } as const
  try {
    return (await api.json(call, createdReply, signal)).id
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'name-taken') throw error
    const own = await listConfigs(api, { name: [name], label: [`${writerLabel}=${writer}`] }, signal)
    const found = own.find(({ Spec }) => Spec.Name === name)
    if (found === undefined) throw error
    return found.ID
  }
}

const listConfigs = (api: Api, filters: object, signal: AbortSignal): Promise<readonly FileReply[]> =>
  api.json({ method: 'GET', path: '/configs', query: { filters } }, filesReply, signal)

const readConfig = ({ ID, Version, Spec }: FileReply): StoredConfig => {
  const { [writerLabel]: _writer, ...labels } = Spec.Labels
  return { id: ID, name: Spec.Name, labels, data: Buffer.from(Spec.Data ?? '', 'base64'), index: Version.Index }
}

async function* followEvents(api: Api, signal: AbortSignal): AsyncIterable<{ readonly name: string }> {
  try {
    const query = { filters: { type: ['config'], scope: ['swarm'] } }
    const stream = await api.stream({ method: 'GET', path: '/events', query, doing: 'watch configs' }, signal)
    for await (const line of readJsonLines(stream)) {
      const name = eventReply.safeParse(line).data?.Actor?.Attributes['name']
      if (name !== undefined) yield { name }
    }
  } catch (error) {
    if (signal.aborted) return
    throw error instanceof EngineError
      ? error
      : new EngineError('unreachable', 'watch configs: the stream of events broke', { cause: error })
  }
}
