import type { EnvironmentRef } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { isOwnedBy } from './labels.ts'
import { fileReply, networkReply, serviceReply } from './replies.ts'
import { ignoreAbsent } from './ignore-errors.ts'

export interface Removal {
  readonly kind: 'service' | 'network' | 'config' | 'secret'
  readonly id: string
  readonly engineName: string
  readonly ref: EnvironmentRef
}

/** Removes by id, after the labels have proved that it is ours. What is not there is no error. */
export const removeOwned = async (api: Api, removal: Removal, signal: AbortSignal): Promise<void> => {
  const { kind, id, engineName, ref } = removal
  const labels = await findLabels(api, removal, signal)
  if (labels === undefined) return
  if (!isOwnedBy(labels, ref))
    throw new EngineError(
      'refused',
      `remove ${kind} ${engineName}: it is not ${ref.app}/${ref.environment}'s; left as it is`,
    )
  await api
    .send({ method: 'DELETE', path: `/${kind}s/${id}`, doing: `remove ${kind} ${engineName}` }, signal)
    .catch(ignoreAbsent)
}

const findLabels = async (
  api: Api,
  { kind, id }: Removal,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> => {
  const call = { method: 'GET', path: `/${kind}s/${id}` } as const
  switch (kind) {
    case 'service':
      return (await api.json(call, serviceReply, signal).catch(ignoreAbsent))?.Spec.Labels
    case 'network':
      return (await api.json(call, networkReply, signal).catch(ignoreAbsent))?.Labels
    case 'config':
    case 'secret':
      return (await api.json(call, fileReply, signal).catch(ignoreAbsent))?.Spec.Labels
  }
}
