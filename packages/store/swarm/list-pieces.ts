import type { ConfigFilter, ConfigsApi, StoredConfig } from './configs-api.ts'
import { ask } from './failure.ts'
import { labels } from './names.ts'

/** What may stand in the name of a config. */
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789.-_ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')
/** The engine's words when its answer would be above 16 MiB. */
const TOO_LARGE = /message larger than max/

/**
 * All configs of a filter, in as many pieces as the engine's limit for one answer demands. A name that begins so is
 * just that or goes on with some character, so a piece too large is cut into one piece for each.
 */
export async function* listPieces(
  api: ConfigsApi,
  { labels: own, namePrefix = '' }: ConfigFilter,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredConfig[], void> {
  const piece = await listPiece(api, { labels: own, namePrefix }, signal)
  if (piece !== 'too-large') return yield piece
  yield await listExactly(api, { labels: own, namePrefix }, signal)
  for (const character of CHARACTERS)
    yield* listPieces(api, { labels: own, namePrefix: namePrefix + character }, signal)
}

/** The one head of this very name, if there is: the engine is asked only for heads of its revision. */
const listExactly = async (
  api: ConfigsApi,
  { labels: own, namePrefix }: Required<ConfigFilter>,
  signal: AbortSignal,
): Promise<readonly StoredConfig[]> => {
  const revision = /\.(\d+)$/.exec(namePrefix)?.[1]
  if (revision === undefined) return []
  const filter = { labels: { ...own, [labels.revision]: revision }, namePrefix }
  const found = await ask(`find config ${namePrefix}`, () => api.list(filter, signal))
  return found.filter(({ name }) => name === namePrefix)
}

const listPiece = async (
  api: ConfigsApi,
  filter: Required<ConfigFilter>,
  signal: AbortSignal,
): Promise<readonly StoredConfig[] | 'too-large'> => {
  try {
    return await ask(`list configs ${filter.namePrefix}*`, () => api.list(filter, signal))
  } catch (error) {
    if (error instanceof Error && TOO_LARGE.test(error.message)) return 'too-large'
    throw error
  }
}
