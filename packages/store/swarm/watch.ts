import { createBell } from '../bell.ts'
import type { Bell } from '../bell.ts'
import type { Document } from '../documents.ts'
import { StoreError } from '../errors.ts'
import { watchDocument } from '../watch-document.ts'
import type { ConfigsApi } from './configs-api.ts'
import { renderDocumentName } from './names.ts'
import type { DocumentKey } from './names.ts'

/** Events may be lost with a connection; so we look without one too. */
const LOOK_EVERY_MS = 5_000
/** A stream of events that ended is opened again after this. */
const REOPEN_AFTER_MS = 1_000

type Watched<T> = DocumentKey & { readonly find: (signal: AbortSignal) => Promise<Document<T> | undefined> }

/** Woken by the engine's events, and by time. A store that cannot answer now is asked again for as long as the signal lives. */
export async function* watchSwarm<T>(
  api: ConfigsApi,
  { find, ...key }: Watched<T>,
  signal: AbortSignal,
): AsyncGenerator<Document<T>, void> {
  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  const bell = createBell()
  const listening = listen(api, { key, bell }, ending)
  try {
    const awaitChange = (): Promise<boolean> => bell.wait(ending, LOOK_EVERY_MS)
    yield* watchDocument<T>({ find: () => findPatiently({ find, bell }, ending), awaitChange }, ending)
  } finally {
    stop.abort()
    await listening
  }
}

const findPatiently = async <T>(
  { find, bell }: Pick<Watched<T>, 'find'> & { readonly bell: Bell },
  signal: AbortSignal,
): Promise<Document<T> | undefined> => {
  for (;;) {
    try {
      return await find(signal)
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retry || signal.aborted) throw error
    }
    await bell.wait(signal, REOPEN_AFTER_MS)
  }
}

/** Rings whenever a config of this document comes or goes, until the signal comes. */
const listen = async (
  api: ConfigsApi,
  { key, bell }: { readonly key: DocumentKey; readonly bell: Bell },
  signal: AbortSignal,
): Promise<void> => {
  const prefix = renderDocumentName(key)
  const pause = createBell()
  while (!signal.aborted) {
    try {
      for await (const { name } of api.events(signal)) if (name.startsWith(prefix)) bell.ring()
    } catch {
      // Whatever it was: without events the document is looked at by time, and find says what is wrong.
    }
    await pause.wait(signal, REOPEN_AFTER_MS)
  }
}
