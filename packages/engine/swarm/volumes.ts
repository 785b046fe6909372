import type { EnvironmentRef } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { isOwnedBy } from './labels.ts'
import type { VolumeTools } from './move-volume.ts'
import { diskUsageReply } from './replies.ts'
import { deleteVolume, findVolume } from './volume-access.ts'
import { findPlace, forgetPlace, observePlaces } from './volume-places.ts'
import { ignoreEngineError } from './ignore-errors.ts'

/** The engine adds up every file of every volume for this. */
const usageTimeoutMs = 60_000

/** Bytes by volume, of the copies that count; what lies on nodes that cannot be reached is left out. */
export const sizeVolumes = async (
  { api, nodes }: VolumeTools,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> => {
  const places = await observePlaces(api, ref, signal)
  const nodeIds = [...new Set(places.map(({ nodeId }) => nodeId))]
  const sizes = await Promise.all(
    nodeIds.map(async (nodeId) => {
      const node = await nodes.find(nodeId, signal)
      const call = { method: 'GET', path: '/system/df', query: { type: 'volume' }, timeoutMs: usageTimeoutMs } as const
      const usage = await node?.json(call, diskUsageReply, signal).catch(ignoreEngineError)
      const here = new Set(places.filter((place) => place.nodeId === nodeId).map(({ engineName }) => engineName))
      return (usage?.Volumes ?? []).flatMap(({ Name, UsageData }) =>
        here.has(Name) && UsageData && UsageData.Size >= 0 ? [[Name, UsageData.Size] as const] : [],
      )
    }),
  )
  return Object.fromEntries(sizes.flat())
}

/** Removes a volume on a node when its labels say it is this environment's; its place is forgotten when it was there. */
export const removeVolume = async (
  { api, nodes }: VolumeTools,
  { ref, engineName, nodeId }: { readonly ref: EnvironmentRef; readonly engineName: string; readonly nodeId: string },
  signal: AbortSignal,
): Promise<void> => {
  const doing = `remove volume ${engineName}`
  const node = await nodes.get(nodeId, doing, signal)
  const volume = await findVolume(node, engineName, signal)
  if (volume !== undefined) {
    if (!isOwnedBy(volume.Labels, ref))
      throw new EngineError('refused', `${doing}: it is not ${ref.app}/${ref.environment}'s; left as it is`)
    await deleteVolume(node, { name: engineName, doing }, signal)
  }
  const place = await findPlace(api, engineName, signal)
  if (place?.nodeId === nodeId) await forgetPlace(api, engineName, signal)
}
