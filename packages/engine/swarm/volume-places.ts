import { createHash } from 'node:crypto'
import type { ObservedVolume } from '@atoll/plan'
import type { EnvironmentRef } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { environmentLabels } from './labels.ts'
import { filesReply } from './replies.ts'
import type { FileReply } from './replies.ts'

/**
 * Where a named volume lives is a Swarm config with the answer in its labels (docs/design/002-volume-places.md): it is
 * replicated by the Raft, outlives the node, and its change carries a version.
 */
const labelNames = {
  volume: 'atoll.volume',
  nodeId: 'atoll.node',
  nodeName: 'atoll.node-name',
  external: 'atoll.external',
}
const namePrefix = 'atoll-volume.'
const maxNameLength = 64

export interface Place {
  readonly ref: EnvironmentRef
  readonly engineName: string
  /** Made outside of Atoll: it may be mounted by several environments, and none owns it. */
  readonly isExternal: boolean
  readonly nodeId: string
  readonly nodeName: string
}

export const isPlaceRecord = ({ Spec }: FileReply): boolean => Spec.Labels[labelNames.volume] !== undefined

/** Places of the environment's own volumes and of all external ones. */
export const observePlaces = async (
  api: Api,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<readonly ObservedVolume[]> => {
  const [own, external] = await Promise.all([
    listRecords(api, { label: [labelNames.volume, ...environmentLabels(ref)] }, signal),
    listRecords(api, { label: [`${labelNames.external}=true`] }, signal),
  ])
  return [...own, ...external].map(readRecord).sort((a, b) => (a.engineName < b.engineName ? -1 : 1))
}

export const findPlace = async (
  api: Api,
  engineName: string,
  signal: AbortSignal,
): Promise<ObservedVolume | undefined> => {
  const record = await findRecord(api, engineName, signal)
  return record === undefined ? undefined : readRecord(record)
}

/** Writes the first place; a volume that has another one already is EngineError `conflict`. */
export const recordPlace = async (api: Api, place: Place, signal: AbortSignal): Promise<void> => {
  const doing = `place volume ${place.engineName} on ${place.nodeName}`
  const body = {
    Name: recordName(place.engineName),
    Labels: renderLabels(place),
    Data: Buffer.from(JSON.stringify({ volume: place.engineName })).toString('base64'),
  }
  try {
    await api.send({ method: 'POST', path: '/configs/create', body, doing }, signal)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'name-taken') throw error
    const found = await findPlace(api, place.engineName, signal)
    if (found?.nodeId === place.nodeId) return
    throw new EngineError('conflict', `${doing}: it is on ${found?.nodeName ?? 'another node'}; plan again`, {
      cause: error,
    })
  }
}

/** Writes another place over the present one, as its last step a move does. */
export const changePlace = async (api: Api, place: Place, signal: AbortSignal): Promise<void> => {
  const record = await findRecord(api, place.engineName, signal)
  if (record === undefined) return recordPlace(api, place, signal)
  const call = {
    method: 'POST',
    path: `/configs/${record.ID}/update`,
    query: { version: record.Version.Index },
    body: { ...record.Spec, Labels: { ...record.Spec.Labels, ...renderLabels(place) } },
    doing: `record that volume ${place.engineName} is on ${place.nodeName}`,
  } as const
  await api.send(call, signal)
}

/** Removing what is not there is no error. */
export const forgetPlace = async (api: Api, engineName: string, signal: AbortSignal): Promise<void> => {
  const record = await findRecord(api, engineName, signal)
  if (record !== undefined) await api.send({ method: 'DELETE', path: `/configs/${record.ID}` }, signal)
}

const renderLabels = ({ ref, engineName, isExternal, nodeId, nodeName }: Place): Readonly<Record<string, string>> => ({
  [labelNames.volume]: engineName,
  [labelNames.nodeId]: nodeId,
  [labelNames.nodeName]: nodeName,
  ...(isExternal ? { [labelNames.external]: 'true' } : { 'atoll.app': ref.app, 'atoll.environment': ref.environment }),
})

const recordName = (engineName: string): string => {
  const name = namePrefix + engineName
  if (name.length <= maxNameLength) return name
  return (
    namePrefix +
    createHash('sha256')
      .update(engineName)
      .digest('hex')
      .slice(0, maxNameLength - namePrefix.length)
  )
}

const listRecords = (api: Api, filters: object, signal: AbortSignal): Promise<readonly FileReply[]> =>
  api.json({ method: 'GET', path: '/configs', query: { filters } }, filesReply, signal)

const findRecord = async (api: Api, engineName: string, signal: AbortSignal): Promise<FileReply | undefined> => {
  const records = await listRecords(api, { label: [`${labelNames.volume}=${engineName}`] }, signal)
  return records.find(({ Spec }) => Spec.Name === recordName(engineName))
}

const readRecord = ({ Spec }: FileReply): ObservedVolume => ({
  engineName: Spec.Labels[labelNames.volume] ?? '',
  nodeId: Spec.Labels[labelNames.nodeId] ?? '',
  nodeName: Spec.Labels[labelNames.nodeName] ?? '',
})
