import type { NodeTally, RouteRefusal } from '@atoll/engine'
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createAccessLog } from './access-log.ts'
import type { AccessLog } from './access-log.ts'
import { paceOf } from './check-pace.ts'
import type { Config } from './config.ts'
import type { TallyQuery } from './counting/tally.ts'
import type { GivenTable, IngressState, Keeper } from './door.ts'
import { IngressError } from './errors.ts'
import { serveMost } from './fit-table.ts'
import type { Fitted } from './fit-table.ts'
import { hasQuestions } from './keep-asking.ts'
import { hasMirrors } from './keep-mirror.ts'
import type { KeptProgram } from './keep-program.ts'
import { hasStatic } from './keep-static.ts'
import { takeTally } from './kept-tally.ts'
import { keepTable } from './kept-table.ts'
import { createReach, everything, followNetworks, untilNear } from './own-networks.ts'
import type { Reach } from './own-networks.ts'
import { createProber } from './probing/prober.ts'
import type { Prober } from './probing/prober.ts'
import { createQueue } from './queue.ts'
import { render } from './render.ts'
import { writeValid } from './run-haproxy.ts'
import { createNodeWatch } from './silence/watch-nodes.ts'
import { superviseHaproxy } from './supervise.ts'
import type { Applied, Ingress } from './supervise.ts'
import type { Configuration, RouteTable } from './table.ts'

const reloadEveryMs = 1_000
const noRoutes: RouteTable = { environments: [], certificates: [] }
const fittedNone: Fitted = { table: noRoutes, refused: [] }

/** One line of the log. */
type Log = (event: string, more?: object) => void

interface OwnConfig extends Config {
  /** `IngressSettings.probeToken`. */
  readonly probeToken: string
}

/** Beside HAProxy, each while there is a route that needs it. */
interface Programs {
  readonly files: KeptProgram
  readonly asking: KeptProgram
  readonly mirror: KeptProgram
}

const wantFor = async (table: RouteTable, { files, asking, mirror }: Programs): Promise<void> => {
  await Promise.all([files.want(hasStatic(table)), asking.want(hasQuestions(table)), mirror.want(hasMirrors(table))])
}

interface Tools {
  readonly log: Log
  readonly requests: AccessLog
  readonly reach: Reach
  /** What is served from now on. */
  readonly know: (configuration: Configuration) => void
  readonly programs: Programs
}

interface Started {
  readonly haproxy: Ingress
  /** Undefined: nothing. */
  readonly served: Served | undefined
}

interface Served {
  readonly given: GivenTable
  readonly fitted: Fitted
}

interface Tables {
  /** What was served last. */
  readonly kept: GivenTable | undefined
  /** What is to be. */
  readonly newest: GivenTable | undefined
}

/** A table that HAProxy does not take must not keep it from being given a better one. */
const start = async (
  config: OwnConfig,
  { kept, newest }: Tables,
  { log, requests, reach, know, programs }: Tools,
): Promise<Started> => {
  // What a predecessor in this container left.
  await rm(config.runFolder, { recursive: true, force: true })
  // Programs beside HAProxy listen in it before that begins.
  await mkdir(config.runFolder, { recursive: true, mode: 0o700 })
  const { saved, keep: onEnd } = await takeTally(config.folder)
  const serve = async (table: RouteTable): Promise<Ingress> => {
    const configuration = configure(table, config, reach)
    know(configuration)
    await wantFor(table, programs)
    return superviseHaproxy(configuration, {
      program: config.program,
      folder: join(config.runFolder, 'configurations'),
      runFolder: config.runFolder,
      reloadEveryMs,
      graceMs: config.graceMs,
      log: (line) => log('haproxy', { line }),
      onRequest: requests.read,
      saved,
      onEnd,
    })
  }
  if (newest === undefined) return { haproxy: await serve(noRoutes), served: undefined }
  const before = kept === undefined ? fittedNone : { table: parseTable(kept), refused: [] }
  const { fitted, result } = await serveMost(parseTable(newest), { before, check: createCheck(config), serve })
  return { haproxy: result, served: await keep(config, { given: newest, fitted }) }
}

const keep = async (config: Config, served: Served): Promise<Served> => {
  await keepTable(config.folder, asKept(served))
  return served
}

/** Another program may take what this one did not: who starts from a part is to be given the whole once more. */
const asKept = ({ given, fitted: { table, refused } }: Served): GivenTable =>
  refused.length === 0 ? given : { ...given, version: `${given.version} in part`, table: JSON.stringify(table) }

interface Keeping {
  readonly kept: GivenTable | undefined
  readonly log: Log
  /** Those the ingress is in, as CIDR. */
  readonly readNetworks: () => readonly string[]
  readonly programs: Programs
}

interface StartingKeeper extends Keeper {
  /** Nothing is waited for any more. */
  readonly begun: Promise<void>
  readonly started: Promise<Ingress>
  /** Goes on asking tasks whose network is joined, or left, until the signal comes. */
  readonly followNetworks: (signal: AbortSignal) => Promise<void>
  /** Asks routes by itself while that is wanted, until the signal comes. */
  readonly probe: (signal: AbortSignal) => Promise<void>
  /** Has requests answered by other nodes when one is silent, until the signal comes. */
  readonly watchNodes: (signal: AbortSignal) => Promise<void>
}

/** Not again with each task that comes or goes. */
const logRefusals = (log: Log, { refused }: Fitted, before: Fitted = fittedNone): void => {
  const isTold = (refusal: RouteRefusal): boolean =>
    before.refused.some((each) => isDeepStrictEqual(each.refusal, refusal))
  for (const { refusal } of refused) if (!isTold(refusal)) log('refused', refusal)
}

/** HAProxy begins with the newest table there is once somebody says that it may. */
export const createTableKeeper = (given: Config, { kept, log, readNetworks, programs }: Keeping): StartingKeeper => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const reach = createReach(readNetworks, (waiting) => log('networks', { waiting }))
  const config = { ...given, probeToken: randomUUID() }
  const { requests, prober, nodes, know } = createWatchers(config, log)
  const inTurn = createQueue()
  let newest = kept
  let hasStarted = false
  let served: Served | undefined
  let trouble: string | undefined
  const note = (now: Served, applied: Applied | 'started'): void => {
    log('table', { version: now.given.version, applied })
    logRefusals(log, now.fitted, served?.fitted)
    served = now
    nodes.know(now.fitted.table)
  }
  const started = begun
    .then(() => newest && untilNear(parseTable(newest), { readNetworks, nearMs: config.nearMs }))
    .then(() => {
      hasStarted = true
      return start(config, { kept, newest }, { log, requests, reach, know, programs })
    })
    .then((done) => {
      if (done.served !== undefined) note(done.served, 'started')
      return done.haproxy
    })
  // Whoever waits for it is told.
  started.catch(() => undefined)
  const serve = async (table: RouteTable): Promise<Applied> => {
    const haproxy = await started
    const configuration = configure(table, config, reach)
    know(configuration)
    await wantFor(table, programs)
    return haproxy.apply(configuration)
  }
  const apply = async (given: GivenTable): Promise<void> => {
    await started
    if (served?.given === given) return
    const before = served?.fitted ?? fittedNone
    const { fitted, result } = await serveMost(parseTable(given), { before, check: createCheck(config), serve })
    note(await keep(config, { given, fitted }), result)
  }
  const applyAgain = (): Promise<void> =>
    inTurn(async () => {
      await started
      if (served !== undefined) await serve(served.fitted.table)
    }).catch((error: unknown) => log('networks', { error: String(error) }))
  return {
    begun,
    begin,
    started,
    state: () => describe({ served, newest, trouble }),
    followNetworks: (signal) => followNetworks(reach, applyAgain, signal),
    watchNodes: async (signal) => nodes.run((await started).leaveSilent, signal),
    probe: async (signal) => prober.run((await started).noteProbe, signal),
    readTally: async (query) => readTally(await started, prober, query),
    give: async (given) => {
      if (!hasStarted) newest = given
      begin()
      try {
        await inTurn(() => apply(given))
        trouble = undefined
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error)
        log('refused', { version: given.version, error: trouble })
        throw error
      }
    },
  }
}

/** What looks on at requests, and what makes some. */
const createWatchers = ({ httpsPort, probeToken }: OwnConfig, log: Log) => {
  const requests = createAccessLog({ log, nowMs: () => performance.now() })
  const prober = createProber({ port: httpsPort, token: probeToken })
  const nodes = createNodeWatch((node, more) => log('node', { node, ...more }))
  const know = ({ backends }: Configuration): void => {
    requests.know(backends)
    prober.know(backends)
  }
  return { requests, prober, nodes, know }
}

/** What is asked because of this very query is in the next one. */
const readTally = async (haproxy: Ingress, prober: Prober, query: TallyQuery): Promise<NodeTally> => {
  const tally = await haproxy.readTally(query)
  const probing = prober.describe(query)
  if (query.probeMs !== undefined) prober.lease(query, query.probeMs)
  return { ...tally, ...(probing && { probing }) }
}

interface Known {
  readonly served: Served | undefined
  readonly newest: GivenTable | undefined
  readonly trouble: string | undefined
}

const describe = ({ served, newest, trouble }: Known): IngressState => {
  const { version, networks = [], sites = [] } = served?.given ?? newest ?? {}
  const refused = served?.fitted.refused.map(({ refusal }) => refusal) ?? []
  return {
    networks,
    ...(sites.length > 0 && { sites }),
    ...(version !== undefined && { version }),
    ...(trouble !== undefined && { trouble }),
    ...(refused.length > 0 && { refused }),
  }
}

/** Whether HAProxy takes a table, in a folder of its own. */
const createCheck =
  (config: OwnConfig) =>
  async (table: RouteTable): Promise<void> => {
    const folder = join(config.runFolder, 'trial')
    await writeValid(config.program, folder, configure(table, config, everything))
    await rm(folder, { recursive: true })
  }

const parseTable = ({ table }: GivenTable): RouteTable => JSON.parse(table) as RouteTable

/** Throws IngressError `refused`: of what cannot be said to HAProxy, too, the rest is served. */
const configure = (table: RouteTable, config: OwnConfig, { cut }: Pick<Reach, 'cut'>): Configuration => {
  try {
    return render(cut(table), {
      addresses: config.addresses,
      httpPort: config.httpPort,
      ...(config.hasStreamsOnly ? { hasStreamsOnly: true } : { https: { port: config.httpsPort } }),
      runFolder: config.runFolder,
      trustedProxies: table.trustedProxies ?? [],
      isProxyProtocolExpected: table.isProxyProtocolExpected ?? false,
      maxConnections: config.maxConnections,
      checkEveryMs: paceOf(table),
      ...(table.hasProbes === false ? {} : { probeToken: config.probeToken }),
    })
  } catch (cause) {
    throw new IngressError(`configure HAProxy: ${String(cause)}`, { code: 'refused', retry: false, cause })
  }
}
