import { setTimeout as delay } from 'node:timers/promises'

/**
 * The same items, once the first is there, or `patienceMs` are over. Throws what fails before: as long as the head of an answer
 * is not sent, it can still be an answer that says why.
 */
export const awaitFirst = async <Item>(
  items: AsyncIterable<Item>,
  patienceMs: number,
): Promise<AsyncGenerator<Item, void>> => {
  const iterator = items[Symbol.asyncIterator]()
  const first = iterator.next()
  const waited = new AbortController()
  try {
    await Promise.race([first, delay(patienceMs, undefined, { signal: waited.signal })])
  } finally {
    waited.abort()
  }
  // It may fail before anybody asks for it.
  first.catch(() => undefined)
  return goOn(iterator, first)
}

async function* goOn<Item>(
  iterator: AsyncIterator<Item>,
  first: Promise<IteratorResult<Item>>,
): AsyncGenerator<Item, void> {
  try {
    for (let found = await first; found.done !== true; found = await iterator.next()) yield found.value
  } finally {
    await iterator.return?.()
  }
}
