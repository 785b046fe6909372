import type { App, HttpRoute, Mount, Network, Service, StoredFile, Volume } from '@atoll/spec'

/** The parts of an app with every default filled in, for tests and for what is not Atoll's in the engine in memory. */

const appName = 'shop'
const environment = 'test'
export const engineName = (name: string): string => `${appName}_${environment}_${name}`

const policy = {
  parallelism: 1,
  delayMs: 0,
  monitorMs: 1_000,
  maxFailureRatio: 0,
  order: 'start-first',
  failureAction: 'pause',
} as const

/** A service with every default, for tables. */
export const createService = (name: string, change: Partial<Service> = {}): Service => ({
  name,
  engineName: engineName(name),
  image: `${name}:1`,
  environment: {},
  groups: [],
  extraHosts: [],
  dns: { servers: [], search: [], options: [] },
  labels: {},
  serviceLabels: {},
  mounts: [],
  configs: [],
  secrets: [],
  networks: [],
  ports: [],
  init: true,
  readOnly: false,
  tty: false,
  stdinOpen: false,
  capAdd: [],
  capDrop: [],
  sysctls: {},
  ulimits: [],
  resources: { limits: {}, reservations: {} },
  placement: { constraints: [], spread: [], maxPerNode: 0 },
  mode: { kind: 'replicated', replicas: 1 },
  restart: { condition: 'any', delayMs: 500 },
  update: policy,
  rollback: policy,
  logging: { driver: 'local', options: {} },
  dependsOn: [],
  generation: 0,
  ...change,
})

export const createNetwork = (name: string): Network => ({
  name,
  engineName: engineName(name),
  isExternal: false,
  driver: 'overlay',
  driverOptions: {},
  isAttachable: true,
  isInternal: false,
  labels: {},
})

export const createVolume = (name: string): Volume => ({
  name,
  engineName: engineName(name),
  isExternal: false,
  driver: 'local',
  driverOptions: {},
  labels: {},
})

export const createVolumeMount = (volume: string): Mount => ({
  kind: 'volume',
  volume,
  definition: createVolume(volume),
  target: `/${volume}`,
  isReadOnly: false,
  noCopy: false,
})

/** `content` stands in for the hash at the end of the name. */
export const createFile = (name: string, content: string): StoredFile => ({
  name,
  engineName: engineName(`${name}_${content}`),
  isExternal: false,
  labels: {},
})

export const createApp = (services: readonly Service[], change: Partial<App> = {}): App => {
  const names = new Set(services.flatMap((service) => service.networks.map(({ network }) => network)))
  const volumes = new Map(
    services.flatMap(({ mounts }) =>
      mounts.flatMap((mount): [string, Volume][] =>
        mount.kind === 'volume' ? [[mount.volume, mount.definition]] : [],
      ),
    ),
  )
  return {
    name: appName,
    environment,
    services,
    networks: [...names].sort().map(createNetwork),
    volumes: [...volumes.values()],
    configs: [],
    secrets: [],
    ...change,
  }
}

/** Requests of a host for a service; every default filled in. */
export const createRoute = (service: string, host: string, change: Partial<HttpRoute> = {}): HttpRoute => ({
  kind: 'http',
  service,
  targets: [{ service, port: 80, weight: 1 }],
  match: { host, path: { kind: 'prefix', path: '/' }, methods: [], headers: {}, query: {} },
  protocol: 'http',
  isHttpsRequired: true,
  balance: 'round-robin',
  timeouts: { connectMs: 1_000, responseMs: 60_000, idleMs: 3_600_000 },
  allow: [],
  deny: [],
  requestHeaders: { set: {}, add: {}, remove: [] },
  responseHeaders: { set: {}, add: {}, remove: [] },
  retries: { attempts: 3, on: [] },
  isCompressed: false,
  errorPages: {},
  ...change,
})
