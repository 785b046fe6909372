import type { NameRepair, NameTrouble } from '@atoll/deploy'
import { limits } from '../limits.ts'
import type { Suspicion } from './judge-names.ts'

export interface Standing {
  readonly suspicion: Suspicion
  readonly node: string
  readonly sinceMs: number
  /** Of the service's environment. */
  readonly repairs: readonly NameRepair[]
  readonly nowMs: number
}

/** A standing suspicion in plain words, with what happens next. */
export const renderTrouble = ({ suspicion, node, sinceMs, repairs, nowMs }: Standing): NameTrouble => {
  const { service, network, kind } = suspicion
  const own = repairs.filter((repair) => repair.service === service.service)
  return {
    service: service.service,
    node,
    network,
    kind,
    sinceMs,
    message: renderMessage(suspicion, node),
    hint: chooseHint(suspicion, { node, tried: countRecent(own, nowMs) }),
  }
}

const renderMessage = ({ service, network, kind, wanted, found }: Suspicion, node: string): string => {
  const where = `on ${node} in network ${network}`
  const name = service.service
  switch (kind) {
    case 'missing':
      return `${name} is not found by its name ${where}, though it runs at ${wanted.join(', ')}`
    case 'wrong':
      return `${name} leads to ${found.join(', ')} ${where}, where none of its tasks is; it runs at ${wanted.join(', ')}`
    case 'incomplete': {
      const known = wanted.filter((address) => found.includes(address)).length
      return `${name} leads to ${known} of its ${wanted.length} tasks only ${where}`
    }
  }
}

const chooseHint = (
  { kind, service }: Suspicion,
  { node, tried }: { readonly node: string; readonly tried: number },
): string => {
  if (kind === 'incomplete') return partialHint
  if (!service.isBesideJobs) return renderHint(node, tried)
  return `"atoll restart ${service.service} --app ${service.app}/${service.environment}" mends it; nobody does by itself, as each release runs the jobs of the app again`
}

const partialHint = 'those that are known answer; "atoll restart" makes all of them known anew'

const renderHint = (node: string, tried: number): string => {
  if (tried === 0) return 'the engine forgot the name; the platform restarts the service'
  if (tried < limits.names.mostRepairs) return 'it was restarted for that, and will be again an hour after'
  return `restarting it ${tried} times did not help: open port 7946 (tcp and udp) between the nodes, or restart the engine of ${node}`
}

export const countRecent = (repairs: readonly NameRepair[], nowMs: number): number =>
  repairs.filter(({ atMs }) => nowMs - atMs < limits.names.repairWindowMs).length
