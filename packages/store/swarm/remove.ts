import type { ConfigsApi } from './configs-api.ts'
import { ask } from './failure.ts'
import { labels } from './names.ts'
import type { DocumentKey } from './names.ts'
import { listParts, listRevisions } from './revisions.ts'
import type { Revision } from './revisions.ts'

/** Somebody may write while we remove; after so many rounds it is them who do not stop. */
const MAX_ROUNDS = 5

/** All revisions and all parts, also those that a killed writer left without a head. */
export const removeDocument = async (api: ConfigsApi, key: DocumentKey, signal: AbortSignal): Promise<void> => {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const revisions = await listRevisions(api, key, signal)
    // Oldest first: until the last is gone, whoever reads finds the newest.
    await removeRevisions(api, revisions.toReversed(), signal)
    if (revisions.length === 0) break
  }
  const parts = await listParts(api, key, signal)
  await removeConfigs(
    api,
    parts.map(({ id }) => id),
    signal,
  )
}

/** In the order given: each head first, so that no head is ever without its parts for long. */
export const removeRevisions = async (
  api: ConfigsApi,
  revisions: readonly Revision[],
  signal: AbortSignal,
): Promise<void> => {
  for (const revision of revisions) {
    const token = revision.config.labels[labels.parts]
    const parts = token === undefined ? [] : await listParts(api, revision, signal)
    const own = parts.filter((part) => part.labels[labels.parts] === token)
    await removeConfigs(api, [revision.config.id, ...own.map(({ id }) => id)], signal)
  }
}

export const removeConfigs = async (api: ConfigsApi, ids: readonly string[], signal: AbortSignal): Promise<void> => {
  for (const id of ids) await ask(`remove config ${id}`, () => api.remove(id, signal))
}
