import { plan } from '@atoll/plan'
import type { Action, Observed, ObservedService, ObservedTask } from '@atoll/plan'
import { createNetwork, createService } from '@atoll/plan/fixtures'
import type { FileReference, Network, Service, StoredFile, Volume } from '@atoll/spec'
import type { Engine, EnvironmentRef } from '../engine.ts'

/** What a test of the contract needs of an engine, real or not. */
export interface ContractWorld {
  readonly engine: Engine
  /** An image with `sh`, `sleep`, `echo`, `cat` and `env` that every node can have; by digest where the engine needs it. */
  readonly image: string
  /** One that a registry answers for, but does not have. */
  readonly missingImage: string
  readonly outsider: ContractOutsider
}

/** What somebody else does to the engine, past Atoll. */
export interface ContractOutsider {
  /** Any service without a label of ours; it need not run. */
  readonly createService: (engineName: string) => Promise<void>
  /** Sets one variable of a service and leaves its labels alone. */
  readonly setVariable: (
    engineName: string,
    variable: { readonly key: string; readonly value: string },
  ) => Promise<void>
  readonly hasService: (engineName: string) => Promise<boolean>
  readonly removeService: (engineName: string) => Promise<void>
}

/** One environment of one test, with everything in it named after it. */
export interface Bench {
  readonly world: ContractWorld
  readonly ref: EnvironmentRef
  /** Ends when the test has taken too long. */
  readonly signal: AbortSignal
  readonly engineName: (name: string) => string
  readonly observe: () => Promise<Observed>
  readonly findService: (name: string) => Promise<ObservedService | undefined>
  readonly apply: (action: Action, options?: ApplyOptions) => Promise<void>
  /** Watches until the service is as asked; fails when the time of the test is over. */
  readonly until: (name: string, isSo: (service: ObservedService) => boolean) => Promise<ObservedService>
}

interface ApplyOptions {
  readonly release?: number
  readonly secret?: Uint8Array
}

const limitMs = 690_000

export const openBench = (world: ContractWorld, environment: string): Bench => {
  const { engine } = world
  const ref = { app: 'contract', environment }
  const signal = AbortSignal.timeout(limitMs)
  const engineName = (name: string): string => `${ref.app}_${ref.environment}_${name}`
  const observe = (): Promise<Observed> => engine.observe(ref, signal)
  const findService = async (name: string): Promise<ObservedService | undefined> =>
    (await observe()).services.find((service) => service.engineName === engineName(name))
  return {
    world,
    ref,
    signal,
    engineName,
    observe,
    findService,
    apply: (action, { release = 1, secret } = {}) => {
      const isValued = action.kind === 'create-secret' && secret !== undefined
      return engine.apply(
        action,
        { ref, release, secrets: isValued ? { [action.file.engineName]: secret } : {} },
        signal,
      )
    },
    until: async (name, isSo) => {
      const present = await findService(name)
      if (present !== undefined && isSo(present)) return present
      for await (const _event of engine.watch(ref, signal)) {
        const service = await findService(name)
        if (service !== undefined && isSo(service)) return service
      }
      throw new Error(`wait for ${engineName(name)}: it did not become what the test waits for in ${limitMs} ms`)
    },
  }
}

/** Takes away all that is ours, as a plan would, and what somebody else was made to leave here. */
export const clearBench = async (bench: Bench): Promise<void> => {
  const { ref, world } = bench
  const { app: name, environment } = ref
  const app = { name, environment, services: [], networks: [], volumes: [], configs: [], secrets: [] }
  for (const action of plan({ app, release: 0, keep: [] }, await bench.observe(), 0)) await bench.apply(action)
  for (const { engineName, isOwned } of (await bench.observe()).services) {
    if (!isOwned) await world.outsider.removeService(engineName)
  }
}

/** A service that runs until it is stopped. */
export const benchService = (bench: Bench, name: string, change: Partial<Service> = {}): Service =>
  createService(name, {
    engineName: bench.engineName(name),
    image: bench.world.image,
    command: ['sleep', 'infinity'],
    stopGraceMs: 1_000,
    ...change,
  })

export const benchNetwork = (bench: Bench, name: string): Network => ({
  ...createNetwork(name),
  engineName: bench.engineName(name),
})

export const benchVolume = (bench: Bench, name: string): Volume => {
  const engineName = bench.engineName(name)
  return { name, engineName, isExternal: false, driver: 'local', driverOptions: {}, labels: {} }
}

/** A config; without its content the same is a secret. */
export const benchFile = (bench: Bench, name: string): StoredFile & { readonly dataBase64: string } => {
  const engineName = bench.engineName(`${name}_ab12`)
  return { name, engineName, isExternal: false, labels: {}, dataBase64: 'aGk=' }
}

export const referTo = ({ name, engineName }: StoredFile): FileReference => {
  return { name, engineName, target: name, uid: '0', gid: '0', mode: 0o444 }
}

export const isRunning = ({ state, desired }: ObservedTask): boolean => state === 'running' && desired === 'running'

/** Creates the service and waits for its first task. */
export const startService = async (bench: Bench, service: Service): Promise<ObservedService> => {
  await bench.apply({ kind: 'create-service', service })
  return bench.until(service.name, ({ tasks }) => tasks.some(isRunning))
}
