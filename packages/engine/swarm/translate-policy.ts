import type { Mode, Port, Resources, Service, UpdatePolicy } from '@atoll/spec'
import type { EndpointBody, ModeBody, ResourcesBody, TaskBody, UpdateBody } from './bodies.ts'
import { given, nanoseconds } from './translate-values.ts'

/**
 * What runs once is an ordinary service that is not restarted, not one of Swarm's jobs: a manager of 20.10 that has lost
 * the lead goes on starting their tasks, so that after a failover a migration ran fourteen times (docs/design/009).
 */
export const translateMode = (mode: Mode): ModeBody => {
  switch (mode.kind) {
    case 'replicated':
      return { Replicated: { Replicas: mode.replicas } }
    case 'global':
    case 'once-per-node':
      return { Global: {} }
    case 'once':
      return { Replicated: { Replicas: mode.completions } }
  }
}

/** A task that has ended well is a failed update to Swarm; of what runs once the tasks themselves are judged. */
export const translateOnceUpdate = (): UpdateBody => ({
  Parallelism: 0,
  Delay: 0,
  FailureAction: 'continue',
  Monitor: 0,
  MaxFailureRatio: 1,
  Order: 'stop-first',
})

export const translateUpdate = (policy: UpdatePolicy): UpdateBody => ({
  Parallelism: policy.parallelism,
  Delay: nanoseconds(policy.delayMs) ?? 0,
  FailureAction: policy.failureAction,
  Monitor: nanoseconds(policy.monitorMs) ?? 0,
  MaxFailureRatio: policy.maxFailureRatio,
  Order: policy.order,
})

/** Virtual addresses cut idle connections, so there is none unless the routing mesh was asked for, which needs one. */
export const translateEndpoint = (ports: readonly Port[]): EndpointBody => ({
  Mode: ports.some(({ mode }) => mode === 'ingress') ? 'vip' : 'dnsrr',
  ...given({
    Ports: ports.map(({ target, published, protocol, mode }) => ({
      Protocol: protocol,
      TargetPort: target,
      ...given({ PublishedPort: published }),
      PublishMode: mode,
    })),
  }),
})

export const translateResources = ({ limits, reservations }: Service['resources']): TaskBody['Resources'] =>
  given({ Limits: resources(limits), Reservations: resources(reservations) })

const resources = ({ nanoCpus, memoryBytes, pids, generic }: Resources): ResourcesBody =>
  given({
    NanoCPUs: nanoCpus,
    MemoryBytes: memoryBytes,
    Pids: pids,
    GenericResources: generic?.map(({ kind, value }) => ({ DiscreteResourceSpec: { Kind: kind, Value: value } })),
  })
