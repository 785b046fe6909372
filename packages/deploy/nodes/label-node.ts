import type { Context } from '../context.ts'
import { RefusedError } from '../errors.ts'
import { getNode } from './look-at-nodes.ts'

export interface LabelRequest {
  /** Name or id. */
  readonly node: string
  readonly labels: Readonly<Record<string, string>>
  /** Keys; one that is not set is done. */
  readonly removed: readonly string[]
}

export interface LabelOutcome {
  readonly node: string
  readonly before: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

/** Sets and removes labels of a node. NotFoundError when there is none, RefusedError for labels of Atoll's own. */
export const labelNode = async (
  { engine }: Pick<Context, 'engine'>,
  { node: given, labels, removed }: LabelRequest,
  signal: AbortSignal,
): Promise<LabelOutcome> => {
  const own = [...Object.keys(labels), ...removed].find((key) => /^atoll\./i.test(key))
  if (own !== undefined) {
    throw new RefusedError(`label ${given} with ${own}: labels that begin with atoll. are Atoll's own`, {
      hint: 'use another key; what Atoll says of a node is changed by its own commands',
    })
  }
  const { id, name, labels: before } = getNode(await engine.nodes(signal), given, `label ${given}`)
  await engine.changeNode(id, { labels, removedLabels: removed }, signal)
  const after = getNode(await engine.nodes(signal), id, `label ${given}`)
  return { node: name, before, labels: after.labels }
}
