/** A manager waits for nodes that are gone before it ends a log; what is there has come long before. */
export const silenceMs = 4_000

export interface Silence {
  readonly signal: AbortSignal
  /** Passes on what comes. Only waiting for it counts, not how long the reader takes. */
  readonly listen: <T>(source: AsyncIterable<T>) => AsyncIterable<T>
  readonly end: () => void
}

/** Ends a log that is not followed once nothing has come for a while. */
export const startSilence = (isFollowing: boolean): Silence => {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const end = (): void => clearTimeout(timer)
  const begin = (): void => {
    end()
    if (!isFollowing) timer = setTimeout(() => controller.abort(), silenceMs)
  }
  begin()
  const listen = async function* <T>(source: AsyncIterable<T>): AsyncIterable<T> {
    begin()
    for await (const item of source) {
      end()
      yield item
      begin()
    }
  }
  return { signal: controller.signal, listen, end }
}
