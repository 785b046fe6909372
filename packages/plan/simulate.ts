import type { Action } from './action.ts'
import type { Observed, ObservedService } from './observed.ts'

/** A perfect engine as a function: what would be observed once an action was done and everything runs. Test only. */
export const simulate = (observed: Observed, action: Action, release: number): Observed => {
  switch (action.kind) {
    case 'create-network': {
      const { network } = action
      return { ...observed, networks: [...observed.networks, { ...owned(network.engineName), definition: network }] }
    }
    case 'create-config':
      return { ...observed, configs: [...observed.configs, owned(action.file.engineName)] }
    case 'create-secret':
      return { ...observed, secrets: [...observed.secrets, owned(action.file.engineName)] }
    case 'place-volume': {
      const { volume, nodeId, nodeName } = action
      return { ...observed, volumes: [...observed.volumes, { engineName: volume.engineName, nodeId, nodeName }] }
    }
    case 'create-service':
    case 'update-service':
    case 'replace-service':
      return withService(observed, createObserved(action.service, { release, nodeId: observed.nodes[0]?.id ?? '' }))
    case 'await-service':
      return observed
    case 'remove-service':
      return { ...observed, services: observed.services.filter(({ id }) => id !== action.id) }
    case 'remove-network':
      return { ...observed, networks: observed.networks.filter(({ id }) => id !== action.id) }
    case 'remove-config':
      return { ...observed, configs: observed.configs.filter(({ id }) => id !== action.id) }
    case 'remove-secret':
      return { ...observed, secrets: observed.secrets.filter(({ id }) => id !== action.id) }
  }
}

/** An environment where nothing runs yet. */
export const createObservedWorld = (nodes: Observed['nodes'], change: Partial<Observed> = {}): Observed => ({
  app: 'shop',
  environment: 'test',
  services: [],
  networks: [],
  configs: [],
  secrets: [],
  volumes: [],
  nodes,
  ...change,
})

export const createObservedNode = (
  name: string,
  change: Partial<Observed['nodes'][number]> = {},
): Observed['nodes'][number] => ({
  id: `${name}-id`,
  name,
  isManager: true,
  isLeader: false,
  state: 'ready',
  availability: 'active',
  labels: {},
  engineVersion: '20.10.24',
  engineLabels: {},
  os: 'linux',
  architecture: 'x86_64',
  address: '10.0.0.1',
  nanoCpus: 2e9,
  memoryBytes: 4 * 1024 ** 3,
  ...change,
})

const owned = (engineName: string): { id: string; engineName: string; isOwned: true } => ({
  id: `id-of-${engineName}`,
  engineName,
  isOwned: true,
})

/** A service all of whose wanted tasks run, or have run when it is a job. */
export const createObserved = (
  definition: NonNullable<ObservedService['definition']>,
  { release, nodeId }: { readonly release: number; readonly nodeId: string },
): ObservedService => {
  const { mode } = definition
  const isJob = mode.kind === 'once' || mode.kind === 'once-per-node'
  const count = mode.kind === 'replicated' ? mode.replicas : mode.kind === 'once' ? mode.completions : 1
  return {
    ...owned(definition.engineName),
    definition,
    release,
    drift: [],
    tasks: Array.from({ length: count }, (_, index) => ({
      id: `${definition.engineName}.${index}`,
      slot: index + 1,
      nodeId,
      image: definition.image,
      isCurrent: true,
      desired: isJob ? 'complete' : 'running',
      state: isJob ? 'complete' : 'running',
      message: 'started',
      sinceMs: 0,
      createdAtMs: 0,
    })),
    specVersion: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
  }
}

const withService = (observed: Observed, service: ObservedService): Observed => ({
  ...observed,
  services: [...observed.services.filter(({ engineName }) => engineName !== service.engineName), service],
})
