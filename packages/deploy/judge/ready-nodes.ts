import type { Observed } from '@atoll/plan'

/** Ids of the nodes that answer. */
export const readyNodes = ({ nodes }: Observed): ReadonlySet<string> =>
  new Set(nodes.filter((node) => node.state === 'ready').map((node) => node.id))
