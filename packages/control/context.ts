import { createPortsReader, systemClock } from '@atoll/deploy'
import { openHealthDoor } from '@atoll/engine/health'
import { openRemoteEngine } from '@atoll/engine/remote'
import { mergeKeyrings, openSeals, parseKeyring } from '@atoll/store/sealed'
import type { Keyring } from '@atoll/store/sealed'
import { createCompaction, createSwarmArchive, createSwarmDocuments } from '@atoll/store/swarm'
import type { Server } from 'node:https'
import { createAttempts } from './audit/attempts.ts'
import { createRateLimiter } from './auth/rate-limit.ts'
import { issueCredentials, parseAuthority } from './certificate.ts'
import type { ServerCredentials } from './certificate.ts'
import { createCertifyAgent, parseAgentsSecret } from './certify-agent.ts'
import type { Config } from './config.ts'
import type { Control, LogEntry, World } from './control.ts'
import { compactDocuments } from './controllers/compact-documents.ts'
import { healLeader } from './controllers/heal-leader.ts'
import { keepManagers } from './controllers/keep-managers.ts'
import { healNames } from './controllers/heal-names.ts'
import { drainNodes } from './controllers/drain-nodes.ts'
import { findServedPems, findThumbprint } from './certificates/for-ingress.ts'
import { askByLego, keepCertificates } from './controllers/keep-certificates.ts'
import { makeBackups } from './controllers/make-backups.ts'
import { spreadTasks } from './controllers/spread-tasks.ts'
import { repairDrift } from './controllers/repair-drift.ts'
import { runCanaries } from './controllers/run-canaries.ts'
import { resealDocuments } from './sealing/reseal-documents.ts'
import { writeAttempts } from './controllers/write-attempts.ts'
import { resumeAbandoned } from './controllers/resume-abandoned.ts'
import { tellCollectors } from './controllers/tell-collectors.ts'
import { watchDisks } from './controllers/watch-disks.ts'
import { createDisks, withDisks } from './disks/disks.ts'
import { settleAllOperations } from './controllers/settle-operations.ts'
import { serveRoutes } from './controllers/serve-routes.ts'
import { watchNodes } from './controllers/watch-nodes.ts'
import { createFindGate } from './gate/find-gates.ts'
import { Joins } from './joins/joins.ts'
import { limits } from './limits.ts'
import { Operations } from './operations/operations.ts'
import { shareDocuments } from './recent-documents.ts'
import { shareNodes } from './recent-nodes.ts'
import { renewCertificate } from './renew-certificate.ts'
import { forgetAnswers } from './serve/answer-once.ts'
import { createSiteBringer } from './routes/bring-sites.ts'
import { createVisitorCounter } from './routes/count-visitors.ts'
import { readSettings } from './settings.ts'
import { createFindCertificates } from './routes/find-certificates.ts'
import { createOwnCertificates } from './routes/own-certificates.ts'
import { createServer } from './server.ts'
import { openDocumentsCopy } from './view/copy.ts'
import type { DocumentsCopy } from './view/copy.ts'
import { keepWarm } from './view/keep-warm.ts'
import { reachManager } from './view/outage.ts'
import { openView } from './view/view.ts'

export interface ControlProgram {
  readonly config: Config
  readonly version: string
  /** One line of the log, without its end. */
  readonly writeLine: (line: string) => void
}

/** Serves the API and looks after the cluster until the signal comes; then leaves what runs to the other controls. */
export const runControl = async (program: ControlProgram, signal: AbortSignal): Promise<void> => {
  const { config } = program
  await using remote = openRemoteEngine({ socketPath: config.socketPath })
  const disks = createDisks(() => systemClock.now())
  const engine = withDisks(remote, disks)
  await using copy = openDocumentsCopy(engine.configs)
  const world = createWorld(program, { engine, copy })
  const certify = createCertify(world, config)
  await using view = openView({ ...world, copy, reach: reachManager })
  await using operations = new Operations(world)
  await using joins = new Joins(world)
  const office = openOffice(program, engine)
  const attempts = createAttempts(world)
  const findCertificates = createFindCertificates({
    held: (hosts, ended) => findServedPems(world, hosts, ended),
    own: openOwnCertificates(program, world),
    findThumbprint: (ended) => findThumbprint(world, ended),
  })
  const { routing } = engine
  const control = {
    ...world,
    ...office,
    routing,
    operations,
    joins,
    attempts,
    view,
    limiter: createRateLimiter(world.clock),
  }
  const isGate = createFindGate(() => systemClock.now())
  const server = createServer({ control, tls: await retry(world, certify, signal), isGate })
  await server.listen({ port: config.port, host: '::' })
  world.log({ event: 'listening', address: server.server.address() })
  await using _health = await openHealthDoor(config.healthPath, () => requireRead(copy))
  await Promise.all([
    resumeAbandoned(world, signal),
    settleAllOperations(world, signal),
    healLeader(world, signal),
    healNames(world, engine.names, signal),
    watchNodes(world, signal),
    repairDrift(world, signal),
    runCanaries(world, signal),
    drainNodes(world, signal),
    keepManagers(world, signal),
    spreadTasks(world, signal),
    makeBackups(world, signal),
    keepCertificates(world, askByLego(config.legoPath), signal),
    resealDocuments(world, signal),
    writeAttempts(world, attempts, signal),
    forgetAnswers(world, signal),
    compactDocuments(world, createCompaction({ api: engine.configs, clock: systemClock }), signal),
    renewCertificate(world, { server: server.server as unknown as Server, certify }, signal),
    keepWarm(view.sources, signal),
    watchDisks(world, disks, signal),
    tellCollectors(world, engine, signal),
    config.hasIngress && serveRoutes(world, { routing, configs: engine.configs, findCertificates }, signal),
  ])
  await operations[Symbol.asyncDispose]()
  await joins[Symbol.asyncDispose]()
  await server.close()
}

/** One that never read the documents is not there yet, and an update of the platform has to wait for it. */
const requireRead = async (copy: DocumentsCopy): Promise<void> => {
  if (copy.worstAgeMs() === Infinity) throw new Error('the documents were not read yet')
}

/** Certificates of the cluster for hosts of apps, and never for its own. */
const openOwnCertificates = ({ config }: ControlProgram, { recentNodes }: World) =>
  createOwnCertificates({
    authority: parseAuthority(config.authority),
    now: () => systemClock.now(),
    listOwnNames: async (signal) =>
      [...config.names, ...(await recentNodes(signal)).map(({ name }) => name)].map((name) => name.toLowerCase()),
  })

/** Where agents get their certificates. */
const openOffice = ({ config }: ControlProgram, engine: OpenEngine): Pick<Control, 'certifyAgent'> => {
  if (config.agents === undefined) return {}
  const authority = parseAuthority(config.authority)
  const given = [config.agents, ...(config.agentsBeside === undefined ? [] : [config.agentsBeside])]
  const secrets = given.map(parseAgentsSecret)
  const agents = (signal: AbortSignal) => engine.agents(signal)
  return { certifyAgent: createCertifyAgent({ authority, secrets, agents, clock: systemClock }) }
}

interface Places {
  readonly engine: OpenEngine
  readonly copy: DocumentsCopy
}

const createWorld = ({ config, version, writeLine }: ControlProgram, { engine, copy }: Places): World => {
  const documents = createSwarmDocuments({ api: engine.configs, clock: systemClock })
  const recentNodes = shareNodes({ engine, clock: systemClock })
  const recentDocuments = shareDocuments({ documents, copy })
  const isProbing = async (signal: AbortSignal): Promise<boolean> =>
    (await readSettings({ documents: recentDocuments }, signal)).ingress.hasProbes
  const readPorts = createPortsReader(recentDocuments)
  const hasStreams = async (signal: AbortSignal): Promise<boolean> => (await readPorts(signal)).length > 0
  return {
    engine,
    recentNodes,
    visitors: createVisitorCounter({ routing: engine.routing, recentNodes, clock: systemClock, isProbing, hasStreams }),
    sites: createSiteBringer({ routing: engine.routing, recentNodes, clock: systemClock }),
    judge: (actions, ref, signal) => engine.judge(actions, ref, signal),
    documents,
    recentDocuments,
    clock: systemClock,
    node: config.node,
    seals: openSeals({ keys: readKeyring(config) }),
    vault: { archive: createSwarmArchive({ api: engine.configs, clock: systemClock }), keys: pickKeys(config) },
    hasIngress: config.hasIngress,
    ...(config.registry === undefined ? {} : { registry: config.registry }),
    log: (entry: LogEntry) => writeLine(JSON.stringify({ at: new Date(systemClock.now()).toISOString(), ...entry })),
    version,
  }
}

const pickKeys = ({ authority, seals, agents }: Config): World['vault']['keys'] => ({
  authority,
  seals,
  ...(agents === undefined ? {} : { agents }),
})

const readKeyring = ({ seals, sealsBeside }: Config): Keyring =>
  mergeKeyrings(parseKeyring(seals), sealsBeside === undefined ? [] : parseKeyring(sealsBeside))

type OpenEngine = ReturnType<typeof openRemoteEngine>
type Certify = (signal: AbortSignal) => Promise<ServerCredentials>

const createCertify = (world: World, config: Config): Certify => {
  const authority = parseAuthority(config.authority)
  return (signal) => issueCredentials(world, { config, authority }, signal)
}

/** The agent of this node may start after us. */
const retry = async (world: World, certify: Certify, signal: AbortSignal): Promise<ServerCredentials> => {
  for (;;) {
    try {
      return await certify(signal)
    } catch (error) {
      signal.throwIfAborted()
      world.log({ event: 'waiting for the agent', error: String(error) })
      await world.clock.wait(limits.controllerEveryMs, signal)
    }
  }
}
