import { openHealthDoor } from '@atoll/engine/health'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { paceOf } from './check-pace.ts'
import type { Config } from './config.ts'
import { doorIn, openDoor } from './door.ts'
import type { GivenTable, Keeper } from './door.ts'
import { IngressError } from './errors.ts'
import { keepTable, readKeptTable } from './kept-table.ts'
import { render } from './render.ts'
import { superviseHaproxy } from './supervise.ts'
import type { Ingress } from './supervise.ts'
import type { Configuration, RouteTable } from './table.ts'

export interface IngressProgram {
  readonly config: Config
  /** One line of the log, without its end. */
  readonly writeLine: (line: string) => void
}

const reloadEveryMs = 1_000
const noRoutes: RouteTable = { environments: [], certificates: [] }

/**
 * Serves the table that is kept, and every one it is given, until the signal comes. Throws IngressError when HAProxy cannot be
 * run or ends by itself.
 */
export const runIngress = async ({ config, writeLine }: IngressProgram, signal: AbortSignal): Promise<void> => {
  const log = (event: string, more: object = {}): void =>
    writeLine(JSON.stringify({ time: new Date().toISOString(), event, ...more }))
  const keeper = createKeeper(config, { kept: await readKeptTable(config.folder), log })
  await using _door = await openDoor(doorIn(config.folder), keeper)
  await Promise.race([keeper.begun, delay(config.patienceMs, undefined, { signal, ref: false }).catch(() => undefined)])
  signal.throwIfAborted()
  keeper.begin()
  await using haproxy = await keeper.started
  log('serving', { version: keeper.state().version ?? 'nothing' })
  await using _health = await openHealthDoor(config.healthPath, async () => undefined)
  await Promise.race([haproxy.ended, untilAborted(signal)])
  if (!signal.aborted) throw new IngressError('run HAProxy: it has ended', { code: 'not-running', retry: true })
  log('draining')
}

type Log = (event: string, more?: object) => void

interface Started {
  readonly haproxy: Ingress
  /** What it serves; undefined: nothing. */
  readonly given: GivenTable | undefined
}

/** A table that HAProxy does not take must not keep it from being given a better one. */
const start = async (
  config: Config,
  { given, log }: { readonly given: GivenTable | undefined; readonly log: Log },
): Promise<Started> => {
  // What a predecessor in this container left.
  await rm(config.runFolder, { recursive: true, force: true })
  const begin = (table: RouteTable): Promise<Ingress> =>
    superviseHaproxy(configure(table, config), {
      program: config.program,
      folder: join(config.runFolder, 'configurations'),
      runFolder: config.runFolder,
      reloadEveryMs,
      graceMs: config.graceMs,
      log: (line) => log('haproxy', { line }),
    })
  if (given === undefined) return { haproxy: await begin(noRoutes), given }
  try {
    const haproxy = await begin(parseTable(given))
    await keepTable(config.folder, given)
    return { haproxy, given }
  } catch (error) {
    if (!(error instanceof IngressError) || error.code !== 'refused') throw error
    log('refused', { version: given.version, error: error.message })
    return { haproxy: await begin(noRoutes), given: undefined }
  }
}

interface Keeping {
  readonly kept: GivenTable | undefined
  readonly log: Log
}

interface StartingKeeper extends Keeper {
  /** Nothing is waited for any more. */
  readonly begun: Promise<void>
  readonly started: Promise<Ingress>
}

/** HAProxy begins with the newest table there is once somebody says that it may. */
const createKeeper = (config: Config, { kept, log }: Keeping): StartingKeeper => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  let served = kept
  let trouble: string | undefined
  const starting = begun.then(() => start(config, { given: served, log }))
  const started = starting.then(({ haproxy, given }) => {
    served = given
    return haproxy
  })
  // Whoever waits for it is told.
  started.catch(() => undefined)
  const apply = async (given: GivenTable): Promise<void> => {
    const haproxy = await started
    if (served === given) return
    const applied = await haproxy.apply(configure(parseTable(given), config))
    served = given
    await keepTable(config.folder, given)
    log('table', { version: given.version, applied })
  }
  let hasBegun = false
  void begun.then(() => (hasBegun = true))
  return {
    begun,
    begin,
    started,
    state: () => ({
      networks: served?.networks ?? [],
      ...(served && { version: served.version }),
      ...(trouble !== undefined && { trouble }),
    }),
    readTally: async (query) => (await started).readTally(query),
    give: async (given) => {
      if (!hasBegun) served = given
      begin()
      try {
        await apply(given)
        trouble = undefined
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error)
        log('refused', { version: given.version, error: trouble })
        throw error
      }
    },
  }
}

const parseTable = ({ table }: GivenTable): RouteTable => JSON.parse(table) as RouteTable

const configure = (table: RouteTable, config: Config): Configuration =>
  render(table, {
    addresses: config.addresses,
    httpPort: config.httpPort,
    https: { port: config.httpsPort },
    runFolder: config.runFolder,
    trustedProxies: [],
    maxConnections: config.maxConnections,
    checkEveryMs: paceOf(table),
  })

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
