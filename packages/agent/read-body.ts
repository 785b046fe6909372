import type { IncomingMessage } from 'node:http'
import { EngineError } from '@atoll/engine'

/** A socket on the same node is fast; who takes longer hangs. */
const bodyTimeoutMs = 60_000

/** The JSON of a request; EngineError `invalid` when it is none or too long, `timeout` when it does not come. */
export const readBody = async (
  request: IncomingMessage,
  { maxBytes, doing }: { readonly maxBytes: number; readonly doing: string },
): Promise<unknown> => {
  const text = await readText(request, { maxBytes, doing })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EngineError('invalid', `${doing}: the request is not JSON`, { cause })
  }
}

const readText = async (
  request: IncomingMessage,
  { maxBytes, doing }: { readonly maxBytes: number; readonly doing: string },
): Promise<string> => {
  const tooLong = new EngineError('invalid', `${doing}: the request is above ${maxBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLong
  const timer = setTimeout(() => request.destroy(new Error('no body in time')), bodyTimeoutMs)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    // The rest of what is refused is read by whoever answers: the connection has to carry the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLong
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError('timeout', `${doing}: the request did not come whole`, { cause, retry: false })
  } finally {
    clearTimeout(timer)
  }
}
