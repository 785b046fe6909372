import type { Resources } from '../app.ts'
import { defined } from './defined.ts'
import { checkKeys, honoured } from './keys.ts'
import { memoryBytesOf, nanoCpusOf } from './quantities.ts'
import { limitKeys, reservationKeys } from './section-keys.ts'
import { at, itemsOf, numberOf, textOf, type Source } from './source.ts'

/** `deploy.resources`; where it is silent, the older keys of the service itself. */
export const resourcesOf = (service: Source): { readonly limits: Resources; readonly reservations: Resources } => {
  const resources = at(service, 'deploy', 'resources')
  checkKeys(resources, honoured('limits', 'reservations'))
  return {
    limits: limitsOf(at(resources, 'limits'), service),
    reservations: reservationsOf(at(resources, 'reservations'), service),
  }
}

const limitsOf = (limits: Source, service: Source): Resources => {
  checkKeys(limits, limitKeys)
  return defined({
    nanoCpus: nanoCpusOf(at(limits, 'cpus')) ?? nanoCpusOf(at(service, 'cpus')),
    memoryBytes: memoryBytesOf(at(limits, 'memory')) ?? memoryBytesOf(at(service, 'mem_limit')),
    pids: pidsOf(at(limits, 'pids')) ?? pidsOf(at(service, 'pids_limit')),
  })
}

/** 0 and less: no limit. */
const pidsOf = (source: Source): number | undefined => {
  const pids = numberOf(source) ?? 0
  return pids > 0 ? pids : undefined
}

const reservationsOf = (reservations: Source, service: Source): Resources => {
  checkKeys(reservations, reservationKeys)
  const generic = itemsOf(at(reservations, 'generic_resources')).map((item) => {
    const spec = at(item, 'discrete_resource_spec')
    return { kind: textOf(at(spec, 'kind')) ?? '', value: numberOf(at(spec, 'value')) ?? 0 }
  })
  return defined({
    nanoCpus: nanoCpusOf(at(reservations, 'cpus')),
    memoryBytes: memoryBytesOf(at(reservations, 'memory')) ?? memoryBytesOf(at(service, 'mem_reservation')),
    generic: generic.length === 0 ? undefined : generic,
  })
}
