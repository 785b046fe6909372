import { Writable } from 'node:stream'
import { Outlet } from './outlet.ts'

/**
 * A stream that passes on to another what it is given, in few and long writes while there is much of it. It ends with the
 * other, is destroyed with it, and the other way round.
 */
export const gatherWrites = (target: Writable): Writable => {
  const gone = new AbortController()
  const outlet = new Outlet(target, gone.signal)
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (putAtOnce(outlet, chunk)) done()
      else void putInTurn(outlet, chunk, done)
    },
    final: (done) => {
      target.once('finish', () => done())
      outlet.end()
    },
    destroy: (error, done) => {
      gone.abort(error ?? new Error('the stream was destroyed'))
      if (!target.writableFinished) target.destroy(error ?? undefined)
      done(error)
    },
  })
  target.once('error', (error) => stream.destroy(error))
  target.once('close', () => {
    if (!target.writableFinished) stream.destroy(new Error('the other end was closed'))
  })
  return stream
}

/** False, and nothing done: it has to wait. */
const putAtOnce = (outlet: Outlet, chunk: Buffer): boolean => {
  if (chunk.length > outlet.room) return false
  outlet.put(chunk)
  outlet.flush()
  return true
}

const putInTurn = async (outlet: Outlet, chunk: Buffer, done: (error?: Error) => void): Promise<void> => {
  try {
    for (let start = 0; start < chunk.length;) {
      if (outlet.room === 0) await outlet.awaitRoom()
      const piece = chunk.subarray(start, start + outlet.room)
      outlet.put(piece)
      outlet.flush()
      start += piece.length
    }
    done()
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)))
  }
}
