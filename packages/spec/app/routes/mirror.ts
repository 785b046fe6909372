import { renderQuoted } from '../../compose/parsed.ts'
import type { Mirror, RouteTarget } from '../../route.ts'
import { at, numberOf, refuse, textOf, type Source } from '../source.ts'
import { shareOf, WHOLE_SHARE } from './share.ts'
import { otherServiceOf, type RoutedServices } from './targets.ts'

interface Around {
  readonly services: RoutedServices
  /** Who answers. */
  readonly targets: readonly RouteTarget[]
}

export const mirrorOf = (source: Source, { services, targets }: Around): Mirror | undefined => {
  if (source.value === undefined) return undefined
  const [service, port] = [otherServiceOf(source, services, 'send copies to'), numberOf(at(source, 'port'))]
  if (port === undefined) refuse(source, 'says no port', 'add port: the one the tasks of that service listen on')
  if (targets.some((target) => target.service === service)) {
    refuse(at(source, 'service'), `${service} answers these requests already`, 'name a service that does not')
  }
  return { service: service ?? '', port: port ?? 0, share: partOf(at(source, 'part')) }
}

const partOf = (source: Source): number => {
  const text = textOf(source)
  if (text === undefined) return WHOLE_SHARE
  const share = shareOf(source)
  if (share === undefined)
    refuse(source, `${renderQuoted(text)} is no part of the requests`, 'write one from 0.01% to 100%, such as 10%')
  return share ?? WHOLE_SHARE
}
