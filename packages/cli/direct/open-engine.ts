import { existsSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { systemClock } from '@atoll/deploy'
import type { ProcessTable } from '@atoll/deploy'
import { openRecovery, openSwarmEngine, resolveEndpoints } from '@atoll/engine/swarm'
import type { Endpoint } from '@atoll/engine/swarm'
import { findLabs, readLabConfig } from '@atoll/lab/records'
import { createSwarmArchive, createSwarmDocuments } from '@atoll/store/swarm'
import { chooseEngine } from './choose-engine.ts'
import type { EngineChoice } from './choose-engine.ts'
import type { ConnectOptions, EngineConnection } from '../cli.ts'
import type { Config } from '../config.ts'
import { openProcessTable } from './process-table.ts'

interface Target {
  /** `--engine`. */
  readonly engines: readonly string[]
  readonly config: Config
}

/** Opens the swarm a person means. Nothing is asked of it yet. Throws CommandError or EngineError when there is none. */
export const openEngine = async ({ engines, config }: Target, options: ConnectOptions): Promise<EngineConnection> => {
  const choice = await choose({ engines, config })
  const { variables } = config
  const endpoints = await resolveEndpoints({ engines: choice.engines, variables })
  const nodeEndpoints = await resolveNodes([...(choice.nodes ?? []), ...(options.nodes ?? [])], config)
  const engine = openSwarmEngine({ endpoints, nodeEndpoints, variables, now: () => systemClock.now(), ...options })
  const documents = createSwarmDocuments({ api: engine.configs, clock: systemClock })
  return {
    ...choice,
    archive: createSwarmArchive({ api: engine.configs, clock: systemClock }),
    images: engine.images,
    recoveries: () => endpoints.map(openRecovery),
    context: { engine, documents, clock: systemClock, owner: config.owner, newToken: randomUUID, ...findProcesses() },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}

const findProcesses = (): { readonly processes?: ProcessTable } => {
  const processes = openProcessTable()
  return processes === undefined ? {} : { processes }
}

const choose = async ({ engines, config }: Target): Promise<EngineChoice> => {
  const { variables } = config
  const [labs, [fallback]] = await Promise.all([
    findLabs(readLabConfig(variables).home),
    resolveEndpoints({ engines: [], variables: { ...variables, DOCKER_HOST: '' } }),
  ])
  return chooseEngine({ engines, variables, labs, fallback: describe(fallback) })
}

const describe = (endpoint: Endpoint | undefined) => ({
  name: endpoint?.name ?? 'the local engine',
  isThere: endpoint?.kind === 'unix' && existsSync(endpoint.path),
  isContext: endpoint?.name.startsWith('context ') === true,
})

/** Workers too are reached directly where they can be: what only a node knows (health output, sizes) is asked there. */
const resolveNodes = async (nodes: readonly string[], { variables }: Config): Promise<readonly Endpoint[]> =>
  nodes.length === 0 ? [] : resolveEndpoints({ engines: nodes, variables })
