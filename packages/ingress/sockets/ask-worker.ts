import { setTimeout as wait } from 'node:timers/promises'
import { IngressError } from '../errors.ts'
import { askSocket } from './ask-socket.ts'

/** A process of HAProxy, and where it listens. */
export interface Worker {
  readonly path: string
  readonly pid: number
}

const patienceMs = 10_000
const pollMs = 20

/**
 * Sends commands to this worker, and gives what it says. After a reload the one before may still answer at the same place, for
 * longer on a busy machine: what it was told is told again. Throws IngressError as `askSocket` does, and `timed-out` when another
 * goes on answering.
 */
export const askWorker = async ({ path, pid }: Worker, commands: string, signal?: AbortSignal): Promise<string> => {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const reply = await askSocket(path, `show info; ${commands}`, signal)
    const infoEnds = reply.indexOf('\n\n')
    if (new RegExp(`^Pid: ${pid}$`, 'm').test(reply.slice(0, infoEnds))) return reply.slice(infoEnds + 2)
    if (performance.now() > deadline) {
      throw new IngressError(`ask worker ${pid} of HAProxy: another answers`, { code: 'timed-out', retry: true })
    }
    await wait(pollMs, undefined, { signal })
  }
}
