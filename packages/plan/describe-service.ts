import type { Mount, Port, Resources, Service } from '@atoll/spec'
import { renderBytes, renderProcessors } from './quantities.ts'

/** What a new service will do to the world around it, one fact a line: ports, data, files, limits, where it may run. */
export const describeService = (service: Service): readonly string[] => {
  const { ports, mounts, configs, secrets, resources, healthcheck, mode } = service
  const isJob = mode.kind === 'once' || mode.kind === 'once-per-node'
  const files = [...configs.map(({ name }) => name), ...secrets.map(({ name }) => `${name} (secret)`)]
  return [
    fact('publishes', ports.map(describePort)),
    fact('mounts', mounts.map(describeMount)),
    fact('reads', files),
    fact('reserves', describeResources(resources.reservations)),
    fact('limited to', describeResources(resources.limits)),
    fact('runs', describePlacement(service)),
    isJob || healthcheck !== undefined ? undefined : 'has no health check of its own',
  ].flatMap((text) => text ?? [])
}

const fact = (verb: string, what: readonly string[]): string | undefined =>
  what.length === 0 ? undefined : `${verb} ${what.join(', ')}`

const describePort = ({ published, target, protocol, mode }: Port): string => {
  const port = published === undefined ? `${target}/${protocol}` : `${published} -> ${target}/${protocol}`
  return `${port} ${mode === 'host' ? 'on its nodes' : 'on every node'}`
}

const describeMount = (mount: Mount): string => {
  const suffix = mount.isReadOnly ? ' (read-only)' : ''
  switch (mount.kind) {
    case 'volume':
      return `volume ${mount.volume} at ${mount.target}${suffix}`
    case 'bind':
    case 'npipe':
      return `${mount.source} of its node at ${mount.target}${suffix}`
    case 'tmpfs':
      return `memory at ${mount.target}${suffix}`
    case 'anonymous':
      return `a volume of each task at ${mount.target}${suffix}`
  }
}

const describeResources = ({ nanoCpus, memoryBytes, pids }: Resources): readonly string[] => [
  ...(nanoCpus === undefined ? [] : [renderProcessors(nanoCpus)]),
  ...(memoryBytes === undefined ? [] : [`${renderBytes(memoryBytes)} of memory`]),
  ...(pids === undefined ? [] : [`${pids} processes`]),
]

/** Pins to nodes of volumes are told where the volumes are placed. */
const describePlacement = ({ placement }: Service): readonly string[] => [
  ...(placement.maxPerNode > 0 ? [`at most ${placement.maxPerNode} per node`] : []),
  ...placement.spread.map((label) => `spread over ${label}`),
  ...placement.constraints
    .filter((constraint) => !constraint.startsWith('node.id=='))
    .map((constraint) => `where ${constraint}`),
]
