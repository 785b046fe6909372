import type { LogLine, LogQuery } from '@atoll/engine'
import type { Context } from '../context.ts'

/** A line with the name of the node it came from, where that is still known. */
export type NamedLogLine = LogLine & { readonly node?: string }

/** What services have logged, as the engine tells it: in order of each task. Throws EngineError. */
export async function* logs(
  { engine }: Pick<Context, 'engine'>,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<NamedLogLine, void, undefined> {
  const names = new Map<string, string | undefined>()
  const learn = async (nodeId: string): Promise<void> => {
    names.set(nodeId, undefined)
    for (const { id, name } of await engine.nodes(signal)) names.set(id, name)
  }
  for await (const line of engine.logs(query, signal)) {
    const { nodeId } = line
    // A node may join while somebody follows; one that is gone has no name.
    if (nodeId !== undefined && !names.has(nodeId)) await learn(nodeId)
    const node = nodeId === undefined ? undefined : names.get(nodeId)
    yield node === undefined ? line : { ...line, node }
  }
}
