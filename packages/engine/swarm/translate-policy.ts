import type { Mode, Port, Resources, Service, UpdatePolicy } from '@atoll/spec'
import type { EndpointBody, ModeBody, ResourcesBody, TaskBody, UpdateBody } from './bodies.ts'
import { given, nanoseconds } from './translate-values.ts'

export const translateMode = (mode: Mode): ModeBody => {
  switch (mode.kind) {
    case 'replicated':
      return { Replicated: { Replicas: mode.replicas } }
    case 'global':
      return { Global: {} }
    case 'once':
      return { ReplicatedJob: { MaxConcurrent: mode.concurrency, TotalCompletions: mode.completions } }
    case 'once-per-node':
      return { GlobalJob: {} }
  }
}

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
