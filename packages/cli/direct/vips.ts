import type { Context } from '@atoll/deploy'
import { readVips, writeVips } from '@atoll/server/vips'
import type { ClusterVips } from '../cluster/vips.ts'

/** In the documents of the cluster. */
export const createDirectVips = (context: Pick<Context, 'documents'>): ClusterVips => ({
  vips: (signal) => readVips(context, signal),
  changeVips: (kept, signal) => writeVips(context, kept, signal),
})
