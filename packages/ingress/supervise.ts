import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { countWorkers } from './counting/count-workers.ts'
import type { Counting } from './counting/count-workers.ts'
import type { SavedBook } from './counting/tally.ts'
import { IngressError } from './errors.ts'
import { createFold } from './fold.ts'
import { pickCertificates } from './render/certificates.ts'
import { environmentFor, writeValid } from './run-haproxy.ts'
import { applyCertificates } from './sockets/certificates.ts'
import { beginReload, readGeneration } from './sockets/master.ts'
import type { Worker } from './sockets/ask-worker.ts'
import { applySlots } from './sockets/servers.ts'
import { leaveSilent } from './sockets/silent-servers.ts'
import type { Configuration } from './table.ts'

export interface SuperviseOptions {
  /** Path of HAProxy. */
  readonly program: string
  /** Folder for configurations, of this supervisor alone. */
  readonly folder: string
  /** `IngressSettings.runFolder`. */
  readonly runFolder: string
  /** At least this long from one reload to the next. */
  readonly reloadEveryMs: number
  /** How long requests may go on after an end was asked for. */
  readonly graceMs: number
  readonly log: (line: string) => void
  /** Each request that is logged, in a line. */
  readonly onRequest: (line: string) => void
  /** What was counted until now; it goes on from there. */
  readonly saved?: SavedBook | undefined
  /** What was counted once HAProxy has ended because it was told to, and nothing of it is missing. */
  readonly onEnd?: (book: SavedBook) => Promise<void>
}

/** How a configuration came about: nothing was to do, certificates or servers were changed, or all was read anew. */
export type Applied = 'unchanged' | 'certificates' | 'servers' | 'reloaded'

/** A running HAProxy, and the way to change it. */
export interface Ingress extends AsyncDisposable {
  /**
   * Resolves when this configuration, or a newer one that was asked for meanwhile, is in effect. Throws IngressError
   * `refused`, and what was there before stays.
   */
  readonly apply: (configuration: Configuration) => Promise<Applied>
  /** Reloads until now. */
  readonly countReloads: () => number
  /** What was answered until now, over reloads. Throws IngressError. */
  readonly readTally: Counting['readTally']
  /** Nobody waits for tasks at these addresses any longer who may be answered by others; gives how many did. Throws IngressError. */
  readonly leaveSilent: (addresses: ReadonlySet<string>) => Promise<number>
  /** What came of a request that the ingress made by itself. */
  readonly noteProbe: Counting['noteProbe']
  /** Resolves when HAProxy has ended, whyever. */
  readonly ended: Promise<void>
}

const startTimeoutMs = 30_000
const pollMs = 20

/** Starts HAProxy with a configuration. Throws IngressError `refused` when it does not take it. */
export const superviseHaproxy = async (first: Configuration, options: SuperviseOptions): Promise<Ingress> => {
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  await mkdir(options.runFolder, { recursive: true, mode: 0o700 })
  const state: State = {
    options,
    master: join(options.runFolder, 'master.sock'),
    counting: countWorkers({ socket: adminSocket(options), log: options.log, saved: options.saved }),
    current: runningOf(first),
    worker: 0,
    number: 0,
    reloads: 0,
  }
  await install(state, first)
  const child = startMaster(state)
  const ended = once(child, 'exit').then(() => undefined)
  const { worker } = await untilGeneration(state, (generation) => generation.worker !== undefined, ended)
  await hold(state, worker)
  const fold = createFold((configuration: Configuration) => change(state, configuration, ended), {
    everyMs: options.reloadEveryMs,
    isCostly: (configuration) => configuration.frame !== state.current.frame,
  })
  return {
    apply: fold,
    countReloads: () => state.reloads,
    readTally: state.counting.readTally,
    leaveSilent: (addresses) => leaveSilent(workerOf(state), addresses),
    noteProbe: state.counting.noteProbe,
    ended,
    [Symbol.asyncDispose]: () => stop(state, child, ended),
  }
}

interface State {
  readonly options: SuperviseOptions
  /** Path of the master's socket. */
  readonly master: string
  readonly counting: Counting
  current: Running
  /** Process that takes connections. */
  worker: number
  number: number
  reloads: number
}

/** What has to be known of a configuration while it runs: its texts are on disk, a megabyte of them for a thousand routes. */
interface Running extends Pick<Configuration, 'frame' | 'backends'> {
  /** Hashes of certificates, by path. */
  readonly certificates: ReadonlyMap<string, string>
}

const runningOf = ({ frame, backends, files }: Configuration): Running => ({
  frame,
  backends,
  certificates: new Map([...pickCertificates(files)].map(([path, pem]) => [path, hashOf(pem)])),
})

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64')

const workerOf = ({ options, worker }: State): Worker => ({ path: adminSocket(options), pid: worker })

const adminSocket = ({ runFolder }: SuperviseOptions): string => join(runFolder, 'admin.sock')

/** The worker that takes connections, with the routes of the configuration it has. */
const hold = async (state: State, worker: number | undefined): Promise<void> => {
  if (worker === undefined) return
  state.worker = worker
  await state.counting.hold(worker, state.current.backends)
}

const change = async (state: State, configuration: Configuration, ended: Promise<void>): Promise<Applied> => {
  if (configuration.frame !== state.current.frame) return reload(state, configuration, ended)
  const certificates = findChanged(state.current, configuration)
  const worker = workerOf(state)
  try {
    await applyCertificates(worker, certificates)
  } catch (error) {
    if (!(error instanceof IngressError) || error.code !== 'command-failed') throw error
    // Some may be changed by now. Read anew all of it is taken, or refused with a reason.
    state.current = { ...state.current, certificates: new Map() }
    return reload(state, configuration, ended)
  }
  await keepCertificates(state, certificates)
  const commands = await applySlots(worker, [...configuration.backends, ...(configuration.probeBackends ?? [])])
  state.current = runningOf(configuration)
  return commands > 0 ? 'servers' : certificates.size > 0 ? 'certificates' : 'unchanged'
}

const findChanged = ({ certificates }: Running, { files }: Configuration): ReadonlyMap<string, string> =>
  new Map([...pickCertificates(files)].filter(([path, pem]) => certificates.get(path) !== hashOf(pem)))

/** Where a reload that somebody else asks for would read them. */
const keepCertificates = async ({ options }: State, certificates: ReadonlyMap<string, string>): Promise<void> => {
  for (const [path, pem] of certificates) {
    const file = join(options.folder, 'current', path)
    await writeFile(`${file}.next`, pem, { mode: 0o600 })
    await rename(`${file}.next`, file)
  }
}

/** Begun only with what HAProxy has called right, and done when a new worker is there; else the old one goes on. */
const reload = async (state: State, configuration: Configuration, ended: Promise<void>): Promise<Applied> => {
  const before = await readGeneration(state.master)
  await hold(state, before.worker)
  const old = state.number
  await install(state, configuration)
  await beginReload(state.master)
  const after = await untilGeneration(state, ({ reloads }) => reloads > before.reloads, ended)
  if (after.failed > 0 || after.worker === before.worker) {
    await point(state, old)
    const hint = 'see what HAProxy says; the configuration before is still in effect'
    throw new IngressError('reload HAProxy: the new worker did not start', { code: 'refused', retry: true, hint })
  }
  state.current = runningOf(configuration)
  state.reloads += 1
  await hold(state, after.worker)
  await rm(join(state.options.folder, String(old)), { recursive: true, force: true })
  return 'reloaded'
}

/** Written beside the one in use, checked, then put in its place at once. */
const install = async (state: State, configuration: Configuration): Promise<void> => {
  const { folder, program } = state.options
  const number = state.number + 1
  await writeValid(program, join(folder, String(number)), configuration)
  await point(state, number)
}

const point = async (state: State, number: number): Promise<void> => {
  const { folder } = state.options
  await rm(join(folder, 'next'), { force: true })
  await symlink(String(number), join(folder, 'next'))
  await rename(join(folder, 'next'), join(folder, 'current'))
  state.number = number
}

const startMaster = ({ options, master }: State): ChildProcess => {
  const path = join(options.folder, 'current', 'haproxy.cfg')
  const child = spawn(options.program, ['-W', '-S', `${master},mode,600`, '-f', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // For us alone: threads of HAProxy would wait for each other.
    env: { ...environmentFor(dirname(path)), MALLOC_ARENA_MAX: undefined },
  })
  child.on('error', (error) => options.log(error.message))
  createInterface({ input: child.stderr }).on('line', (line) => line === '' || ordinary.test(line) || options.log(line))
  createInterface({ input: child.stdout }).on('line', options.onRequest)
  return child
}

/** What it says at each start or reload, some of it of each route, and nobody has to know. */
const ordinary = / stopped \(cumulated conns: |path to executable is |no SSL certificate specified for bind /

/** Throws IngressError `not-running` when HAProxy ends meanwhile, `timed-out`. */
const untilGeneration = async (
  { master }: State,
  isThere: (generation: Awaited<ReturnType<typeof readGeneration>>) => boolean,
  ended: Promise<void>,
) => {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    const generation = await readGeneration(master).catch((error: unknown) => {
      // While a master reads its configuration it listens to nobody.
      if (error instanceof IngressError && error.retry) return undefined
      throw error
    })
    if (generation !== undefined && isThere(generation)) return generation
    if (performance.now() > deadline) {
      throw new IngressError('wait for HAProxy: no new worker', { code: 'timed-out', retry: true })
    }
    if ((await Promise.race([ended.then(() => 'ended'), wait(pollMs)])) === 'ended') {
      throw new IngressError('wait for HAProxy: it has ended', { code: 'not-running', retry: true })
    }
  }
}

/** Lets requests end, for as long as they may, and counts them. */
const stop = async ({ counting, options }: State, child: ChildProcess, ended: Promise<void>): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGUSR1')
  const overdue = new AbortController()
  const timer = setTimeout(() => overdue.abort(), options.graceMs)
  const book = await counting.end(overdue.signal)
  clearTimeout(timer)
  // Nothing is left that anybody waits for.
  child.kill('SIGTERM')
  await ended
  counting[Symbol.dispose]()
  await options.onEnd?.(book)
}
