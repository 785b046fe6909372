import { InterruptedError } from './errors.ts'
import { exitStatus } from './exit-status.ts'

/** As much of the process as this needs. */
interface Interruptible {
  readonly on: (name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void) => unknown
  readonly exit: (status: number) => never
  readonly stdout: { readonly on: (name: 'error', listener: (error: NodeJS.ErrnoException) => void) => unknown }
}

/**
 * The first Ctrl-C, SIGTERM or SIGHUP aborts the signal, so that a command can end well; the second ends the process
 * at once. A closed pipe (`atoll logs | head`) is no failure.
 */
export const watchInterrupts = (process: Interruptible): AbortSignal => {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitStatus.interrupted)
      controller.abort(new InterruptedError('interrupted'))
    })
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitStatus.good)
    throw error
  })
  return controller.signal
}
