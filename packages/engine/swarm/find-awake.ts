import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from './client.ts'

/** The next is asked when those before are slow: a machine without power refuses nothing. */
const staggerMs = 1_000

/** The first of several engines, in their order, that says which it is; undefined when none does. */
export const findAwake = async (clients: readonly Client[], signal: AbortSignal): Promise<Client | undefined> => {
  const found = new AbortController()
  const ended = AbortSignal.any([signal, found.signal])
  const knocks: Promise<Client>[] = []
  for (const [index, client] of clients.entries())
    knocks.push(knock(client, { before: knocks.at(-1), afterMs: index * staggerMs }, ended))
  try {
    return await Promise.any(knocks)
  } catch {
    return undefined
  } finally {
    found.abort()
  }
}

interface Turn {
  readonly before: Promise<Client> | undefined
  readonly afterMs: number
}

const knock = async (client: Client, { before, afterMs }: Turn, signal: AbortSignal): Promise<Client> => {
  // Who refuses is not waited for.
  if (before !== undefined) await Promise.race([delay(afterMs, undefined, { signal }), before.catch(() => undefined)])
  signal.throwIfAborted()
  await client.version(signal)
  return client
}
