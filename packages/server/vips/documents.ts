import type { Documents } from '@atoll/store'
import type { Vip } from './vip.ts'

/** Document `vips`, id `cluster`: one for all of them, so that no two can ever have the same number. */
export const vipsCollection = 'vips'
const place = [vipsCollection, 'cluster'] as const

/** Of a cluster that never had one the revision is 0. */
export interface KeptVips {
  readonly vips: readonly Vip[]
  readonly revision: number
}

export const readVips = async (
  { documents }: { readonly documents: Pick<Documents, 'find'> },
  signal: AbortSignal,
): Promise<KeptVips> => {
  const known = await documents.find<Pick<KeptVips, 'vips'>>(...place, signal)
  return { vips: known?.value.vips ?? [], revision: known?.revision ?? 0 }
}

/** In the place of those of that revision. Throws ConflictError when it is not the newest any more. */
export const writeVips = async (
  { documents }: { readonly documents: Pick<Documents, 'put'> },
  { vips, revision }: KeptVips,
  signal: AbortSignal,
): Promise<KeptVips> => {
  const written = await documents.put<Pick<KeptVips, 'vips'>>(...place, { expected: revision, value: { vips } }, signal)
  return { vips, revision: written.revision }
}
