import type { EnvironmentRef } from '../engine.ts'
import type { VolumeTools } from './move-volume.ts'
import { findVolumeHost, getVolumeHost } from './volume-host.ts'
import { findPlace, forgetPlace, observePlaces } from './volume-places.ts'
import { ignoreEngineError } from './ignore-errors.ts'

/** Bytes by volume, of the copies that count; what lies on nodes that cannot be reached is left out. */
export const sizeVolumes = async (
  tools: VolumeTools,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> => {
  const places = Map.groupBy(await observePlaces(tools.api, ref, signal), ({ nodeId }) => nodeId)
  const sizes = await Promise.all(
    [...places].map(async ([nodeId, here]) => {
      const host = await findVolumeHost(tools, nodeId, signal)
      const names = here.map(({ engineName }) => engineName)
      return host?.sizes(names, signal).catch(ignoreEngineError)
    }),
  )
  return Object.assign({}, ...sizes) as Readonly<Record<string, number>>
}

/** Removes a volume on a node when its labels say it is this environment's; its place is forgotten when it was there. */
export const removeVolume = async (
  tools: VolumeTools,
  { ref, engineName, nodeId }: { readonly ref: EnvironmentRef; readonly engineName: string; readonly nodeId: string },
  signal: AbortSignal,
): Promise<void> => {
  const host = await getVolumeHost(tools, { nodeId, doing: `remove volume ${engineName}` }, signal)
  await host.remove(engineName, { app: ref.app, environment: ref.environment }, signal)
  const place = await findPlace(tools.api, engineName, signal)
  if (place?.nodeId === nodeId) await forgetPlace(tools.api, engineName, signal)
}
