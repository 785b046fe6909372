import { node, nodes } from '@atoll/deploy'
import type { Handlers } from './handler.ts'
import { byName, toLongPage } from './page.ts'

export const nodeHandlers: Handlers<'listHeldNodes' | 'getNode'> = {
  listHeldNodes: async (control, { query, signal }) =>
    toLongPage(
      (await nodes(control, signal)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      query,
      byName(({ id }) => id),
    ),
  getNode: (control, { params, signal }) => node(control, params.node, signal),
}
