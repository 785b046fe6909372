import type { NameAnswer, NamedService, NamedTask, ResolvedName } from '@atoll/engine'

/** A service that is not found by its name as it should be, as one answer of one node shows it. */
export interface Suspicion {
  readonly service: NamedService
  readonly nodeId: string
  readonly networkId: string
  /** Engine name. */
  readonly network: string
  readonly kind: 'missing' | 'wrong' | 'incomplete'
  /** Addresses of the tasks that should be found, and those that were. */
  readonly wanted: readonly string[]
  readonly found: readonly string[]
}

export interface Judged {
  readonly services: readonly NamedService[]
  readonly nodeId: string
  readonly answer: Extract<NameAnswer, { kind: 'answered' }>
  /** Whether a task has been up for so long that every node should know it. */
  readonly isSettled: (task: NamedTask) => boolean
}

/** What is wrong with the names of one network on one node. Tasks that began just now are not missed yet. */
export const judgeNames = ({ services, nodeId, answer, isSettled }: Judged): readonly Suspicion[] => {
  const { networkId, names } = answer
  const resolved = new Map(names.map((each) => [each.name, each]))
  // A server that says nothing of anything is another trouble than a name it does not know.
  const isAlive = names.some(({ kind }) => kind === 'found')
  return services.flatMap((service) => {
    const tasks = service.tasks.filter((task) => task.networkId === networkId)
    const wanted = tasks.filter((task) => task.isUp && isSettled(task))
    const seen = resolved.get(service.dnsName)
    if (seen === undefined || wanted.length === 0) return []
    const kind = judge(seen, { isAlive, tasks, wanted })
    if (kind === undefined) return []
    const found = seen.kind === 'found' ? seen.addresses : []
    const addresses = wanted.map(({ address }) => address)
    return [{ service, nodeId, networkId, network: wanted[0]?.network ?? '', kind, wanted: addresses, found }]
  })
}

interface Tasks {
  readonly isAlive: boolean
  readonly tasks: readonly NamedTask[]
  readonly wanted: readonly NamedTask[]
}

const judge = (seen: ResolvedName, { isAlive, tasks, wanted }: Tasks): Suspicion['kind'] | undefined => {
  if (seen.kind === 'absent') return 'missing'
  if (seen.kind === 'silent') return isAlive ? 'missing' : undefined
  const found = new Set(seen.addresses)
  if (!tasks.some(({ address }) => found.has(address))) return 'wrong'
  return wanted.every(({ address }) => found.has(address)) ? undefined : 'incomplete'
}
