import { openSwarmEngine, resolveEndpoints } from '@atoll/engine/swarm'
import { readSelf } from '@atoll/engine/remote/self'
import { createSwarmDocuments } from '@atoll/store/swarm'
import { AgentError } from './errors.ts'
import type { Config } from './config.ts'
import { openAgentServer } from './server.ts'

export interface AgentProgram {
  readonly config: Config
  readonly now: () => number
  /** One line of the log, without its end. */
  readonly writeLine: (line: string) => void
}

/** What is under way when the agent is told to stop gets this long. */
const graceMs = 8_000

/** Serves the engine of this node until the signal comes. Throws AgentError, EngineError. */
export const runAgent = async ({ config, now, writeLine }: AgentProgram, signal: AbortSignal): Promise<void> => {
  const { socketPath, socketOwner } = config
  const endpoints = await resolveEndpoints({ engines: [config.engine], variables: {} })
  const [endpoint] = endpoints
  if (endpoint === undefined)
    throw new AgentError('config', 'read ATOLL_ENGINE: it names no engine', { hint: 'set it to the socket of Docker' })
  await using engine = openSwarmEngine({ endpoints, variables: {}, now })
  const documents = createSwarmDocuments({ api: engine.configs, clock: { now } })
  const self = (ended: AbortSignal) => readSelf(endpoint, ended)
  const writeLog = (entry: object): void => writeLine(JSON.stringify(entry))
  const parts = { engine, configs: engine.configs, documents, self, now, writeLog }
  await using server = await openAgentServer({ ...parts, socketPath, socketOwner })
  writeLog({ time: new Date(now()).toISOString(), message: 'the agent listens', socketPath, engine: config.engine })
  await untilAborted(signal)
  await server.close(graceMs)
  writeLog({ time: new Date(now()).toISOString(), message: 'the agent has stopped' })
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
