import type { KeptVips } from '@atoll/server/vips'

/** Virtual addresses as they are written down; the nodes get them by ssh. */
export interface ClusterVips {
  vips(signal: AbortSignal): Promise<KeptVips>
  /** In the place of those of that revision; an error when somebody else has changed them meanwhile. */
  changeVips(kept: KeptVips, signal: AbortSignal): Promise<KeptVips>
}
