import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** Answers with `{"item": ...}` lines and a last `{"end": true}`, at the pace of who reads. Throws what the items throw. */
export const writeItems = async (
  response: ServerResponse,
  items: AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<void> => {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).flushHeaders()
  for await (const item of items) {
    if (!response.write(`${JSON.stringify({ item })}\n`)) await once(response, 'drain', { signal })
  }
  // Streams end without a word when they are told to; the caller must not take that for the end.
  signal.throwIfAborted()
  response.end('{"end":true}\n')
}
