import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

export interface ProgramOptions {
  /** For people: what serves files. */
  readonly name: string
  /** Its main file, started with this Node, and what that is told. */
  readonly argv: readonly string[]
  /** Where HAProxy asks. */
  readonly socket: string
  readonly log: (line: string) => void
  /** 60 s unless said. */
  readonly idleMs?: number
}

/** A process of its own beside HAProxy: however much it has to do, HAProxy is looked after. */
export interface KeptProgram extends AsyncDisposable {
  /** Resolves once it listens, or does not for a while. Not wanted any more, it ends after a time: requests may be under way. */
  readonly want: (isWanted: boolean) => Promise<void>
}

const defaultIdleMs = 60_000
const [briefMs, againMs] = [5_000, 1_000]
const startMs = 5_000
const pollMs = 20
const endMs = 5_000
/** Behind HAProxy and what looks after it. */
const niceness = 5

/** Runs it while it is wanted, and again when it ends by itself. */
export const keepProgram = ({ idleMs = defaultIdleMs, ...options }: ProgramOptions): KeptProgram => {
  let stopping: AbortController | undefined
  let running = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  const stop = async (): Promise<void> => {
    stopping?.abort()
    stopping = undefined
    await running
  }
  return {
    want: async (isWanted) => {
      if (!isWanted) {
        if (stopping !== undefined) idle ??= setTimeout(() => void stop(), idleMs).unref()
        return
      }
      clearTimeout(idle)
      idle = undefined
      if (stopping !== undefined) return
      stopping = new AbortController()
      const { signal } = stopping
      running = running.then(() => run(options, signal))
      await untilListening(options.socket, signal)
    },
    [Symbol.asyncDispose]: async () => {
      clearTimeout(idle)
      await stop()
    },
  }
}

const run = async (options: Omit<ProgramOptions, 'idleMs'>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const startedMs = performance.now()
    const child = start(options)
    const ended = once(child, 'exit').catch(() => undefined)
    const end = (): void => void endSoon(child)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    await ended
    signal.removeEventListener('abort', end)
    if (signal.aborted) return
    options.log(`${options.name} has ended (${child.signalCode ?? child.exitCode}), and is started again`)
    // Until it is there HAProxy answers 503; what ends at once is not to take the processor from others.
    const restMs = performance.now() - startedMs < briefMs ? againMs : 0
    await delay(restMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

const start = ({ argv, log }: Omit<ProgramOptions, 'idleMs'>): ChildProcess => {
  const child = spawn(process.execPath, [...lean, ...argv], { stdio: ['pipe', 'ignore', 'pipe'] })
  child.on('error', (error) => log(error.message))
  createInterface({ input: child.stderr }).on('line', log)
  if (child.pid !== undefined) setPriority(child.pid, niceness)
  return child
}

const lean = ['--max-old-space-size=64', '--max-semi-space-size=1']

const endSoon = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGTERM')
  const ended = new AbortController()
  child.once('exit', () => ended.abort())
  await delay(endMs, undefined, { signal: ended.signal, ref: false }).catch(() => undefined)
  child.kill('SIGKILL')
}

const untilListening = async (socket: string, signal: AbortSignal): Promise<void> => {
  const deadline = performance.now() + startMs
  while (!signal.aborted && performance.now() < deadline && !(await isListening(socket))) await delay(pollMs)
}

const isListening = async (path: string): Promise<boolean> => {
  const socket = connect({ path })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
