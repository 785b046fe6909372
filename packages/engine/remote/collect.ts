/** What a work tells by calling, as a stream. Of items nobody has taken the newest `limit` are kept. */
export async function* collect<T>(
  limit: number,
  work: (push: (item: T) => void) => Promise<void>,
): AsyncGenerator<T, void> {
  const waiting: T[] = []
  let bell = Promise.withResolvers<void>()
  let isDone = false
  const push = (item: T): void => {
    if (waiting.length >= limit) waiting.shift()
    waiting.push(item)
    bell.resolve()
  }
  const ended = work(push).finally(() => {
    isDone = true
    bell.resolve()
  })
  // Awaited below; until then a failure is not an unhandled one.
  ended.catch(() => undefined)
  for (;;) {
    const item = waiting.shift()
    if (item !== undefined) yield item
    else if (isDone) break
    else {
      await bell.promise
      bell = Promise.withResolvers<void>()
    }
  }
  await ended
}
