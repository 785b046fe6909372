import type { Mode } from '../app.ts'
import { countOf } from './quantities.ts'
import { at, entriesOf, refuse, textOf, type Source } from './source.ts'

/** How many tasks, and whether they end. `isAwaited`: some service waits until this one has completed. */
export const modeOf = (service: Source, isAwaited: boolean): Mode => {
  const replicas = countOf(at(service, 'deploy', 'replicas')) ?? countOf(at(service, 'scale')) ?? 1
  const kind = kindOf(service)
  const run = textOf(at(service, 'x-atoll', 'run'))
  if (run === 'once-per-node' || kind === 'global-job') return { kind: 'once-per-node' }
  const isOnce = run === 'once' || isAwaited || kind === 'replicated-job'
  if (kind === 'global') return { kind: isOnce ? 'once-per-node' : 'global' }
  return isOnce ? { kind: 'once', completions: replicas, concurrency: replicas } : { kind: 'replicated', replicas }
}

const modes: ReadonlySet<string> = new Set(['replicated', 'global', 'replicated-job', 'global-job'])

const kindOf = (service: Source): string => {
  const source = at(service, 'deploy', 'mode')
  const kind = textOf(source) ?? 'replicated'
  if (modes.has(kind)) return kind
  refuse(source, `the mode ${kind} does not exist`, 'use replicated, global, replicated-job or global-job')
  return 'replicated'
}

/** True for a mode whose tasks run to their end. */
export const isEnding = ({ kind }: Mode): boolean => kind === 'once' || kind === 'once-per-node'

/** Services that another waits for with `service_completed_successfully`. */
export const awaitedServicesOf = (services: Source): ReadonlySet<string> =>
  new Set(
    entriesOf(services).flatMap(([, service]) =>
      entriesOf(at(service, 'depends_on'))
        .filter(([, dependency]) => textOf(at(dependency, 'condition')) === 'service_completed_successfully')
        .map(([name]) => name),
    ),
  )
