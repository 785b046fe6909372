import { EngineError } from '@atoll/engine'
import type { ConfigsApi } from '@atoll/store/swarm'

const documentLabel = 'atoll.document'
const documentName = /^atoll(?:-part)?\./
/** Ids are forgotten oldest first; one that is not known is looked for. */
const maxKnownIds = 50_000

/** The configs that hold documents, and no others: who asks for any other gets nothing, or is refused. */
export const guardConfigs = (configs: ConfigsApi): ConfigsApi => {
  const known = new Set<string>()
  const remember = (id: string): void => {
    known.delete(id)
    known.add(id)
    for (const oldest of known) {
      if (known.size <= maxKnownIds) break
      known.delete(oldest)
    }
  }
  const list: ConfigsApi['list'] = async (filter, signal) => {
    const found = await configs.list(filter, signal)
    const own = found.filter(({ name, labels }) => documentName.test(name) && labels[documentLabel] !== undefined)
    for (const { id } of own) remember(id)
    return own
  }
  const isOwn = async (id: string, signal: AbortSignal): Promise<boolean> => {
    if (known.has(id)) return true
    for (const kind of ['head', 'part']) await list({ labels: { [documentLabel]: kind } }, signal)
    return known.has(id)
  }
  return {
    create: async (config, signal) => {
      if (!documentName.test(config.name) || config.labels[documentLabel] === undefined)
        throw new EngineError('refused', `create config ${config.name}: it is no document of the platform`)
      const id = await configs.create(config, signal)
      remember(id)
      return id
    },
    list,
    remove: async (id, signal) => {
      if (!(await isOwn(id, signal)))
        throw new EngineError('refused', `remove config ${id}: no document of the platform has this id; left as it is`)
      await configs.remove(id, signal)
    },
    events: (signal) => ownEvents(configs, signal),
  }
}

async function* ownEvents(configs: ConfigsApi, signal: AbortSignal): AsyncGenerator<{ readonly name: string }, void> {
  for await (const event of configs.events(signal)) if (documentName.test(event.name)) yield event
}
