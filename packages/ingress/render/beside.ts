import type { HttpRoute, Route } from '@atoll/spec'
import type { Backend, IngressSettings, RoutedEnvironment } from '../table.ts'
import type { Told } from './agents.ts'
import { askingFiles, askingFilter, findAsked, renderAsked, renderAsking, type Asked } from './forward-auth.ts'
import { findMirrored, mirrorFiles, mirrorFilter, renderMirrored, renderMirroring, type Mirrored } from './mirror.ts'

/** Services that have to do with the requests of a route, and do not answer them. */
export interface Beside {
  /** Who is asked about them. */
  readonly question?: Asked | undefined
  /** Who gets copies. */
  readonly mirrored?: Mirrored | undefined
}

export const nobodyBeside: Beside = {}

/** `id`: of the route. */
export const findBeside = (route: Route, id: string, owner: RoutedEnvironment): Beside =>
  route.kind === 'http'
    ? { question: findAsked(route, id, owner), mirrored: findMirrored(route, id, owner) }
    : nobodyBeside

/** Where agents are told of requests, and come back with what they send. */
export const renderTelling = (settings: IngressSettings, told: Told): readonly string[] => [
  ...renderAsking(settings, told),
  ...renderMirroring(settings, told),
]

export const besideFiles = ({ question, mirrored }: Beside): Readonly<Record<string, string>> => ({
  ...askingFiles(question),
  ...mirrorFiles(mirrored),
})

/** The last lines of a backend before its servers, for HAProxy finds no other files after them: see `backToFolder`. */
export const renderFilters = ({ isCompressed }: HttpRoute, { question, mirrored }: Beside): readonly string[] => {
  const filters = [...askingFilter(question), ...mirrorFilter(mirrored)]
  // That there is another filter makes it one that has to be named.
  return isCompressed && filters.length > 0 ? ['  filter compression', ...filters] : filters
}

/** A backend, and what is said of it but for its servers. */
export interface Place {
  readonly lines: readonly string[]
  readonly backend: Backend
}

export const placesOf = (
  { question, mirrored }: Beside,
  own: Pick<Backend, 'app' | 'environment' | 'service' | 'route'>,
  settings: IngressSettings,
): readonly Place[] => [
  ...(question === undefined
    ? []
    : [
        {
          backend: { ...own, kind: 'forward-auth' as const, name: question.name, slots: question.slots },
          lines: renderAsked(question, settings),
        },
      ]),
  ...(mirrored === undefined
    ? []
    : [
        {
          backend: { ...own, kind: 'mirror' as const, name: mirrored.name, slots: mirrored.slots },
          lines: renderMirrored(mirrored, settings),
        },
      ]),
]
