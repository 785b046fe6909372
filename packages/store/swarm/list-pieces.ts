import type { ConfigFilter, ConfigsApi, StoredConfig } from './configs-api.ts'
import { ask } from './failure.ts'

/** What may stand in the name of a config. */
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789.-_ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')
/** The engine's words when its answer would be above 16 MiB. */
const TOO_LARGE = /message larger than max/

/**
 * All configs of a filter, in as many pieces as the engine's limit for one answer demands: a name that is asked for is
 * followed by some character, so a piece too large is all pieces with one character more. No piece is kept.
 */
export async function* listPieces(
  api: ConfigsApi,
  { labels, namePrefix = '' }: ConfigFilter,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredConfig[], void> {
  const piece = await listPiece(api, { labels, namePrefix }, signal)
  if (piece !== 'too-large') return yield piece
  for (const character of CHARACTERS) yield* listPieces(api, { labels, namePrefix: namePrefix + character }, signal)
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
