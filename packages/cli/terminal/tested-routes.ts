import type { Reply } from '@atoll/api'
import type { RouteRequest } from '@atoll/spec'
import { count } from './problems.ts'
import type { Screen } from './screen.ts'
import { renderTable, shorten } from './table.ts'

type OnPlatform = Reply<'testRoute'>
type OfFile<Listed extends OnPlatform['others'][number]> = Omit<Listed, 'ready' | 'wanted'> &
  Partial<Pick<Listed, 'ready' | 'wanted'>>

/** What a platform says, or the same of a compose file, which knows no tasks. */
export interface Tested extends Omit<OnPlatform, 'route' | 'others'> {
  readonly route?: Omit<OfFile<OnPlatform['others'][number]>, 'why'>
  readonly others: readonly OfFile<OnPlatform['others'][number]>[]
}

/** The route that answers, and below it those of the same host that do not, with why. */
export const renderTested = (tested: Tested, request: RouteRequest, screen: Screen): readonly string[] => {
  const { others, elsewhere } = tested
  const rows = others.map(({ route, app, environment, service, why }) => [route, `${app}/${environment}`, service, why])
  return [
    renderAnswer(tested, request, screen),
    ...(rows.length === 0
      ? []
      : [
          '',
          ...renderTable(['NOT', 'APP', 'SERVICE', 'BECAUSE'], rows, { ...screen, spare: shorten('BECAUSE', 'NOT') }),
        ]),
    ...(elsewhere === 0 ? [] : ['', screen.palette.dim(renderElsewhere(elsewhere))]),
  ]
}

const renderAnswer = (
  { kind, route, why = '' }: Tested,
  { method, authority, path }: RouteRequest,
  { palette }: Screen,
): string => {
  const asked = `${method} ${authority}${path}`
  if (kind === 'hidden') return `${asked}: a route of an app that you may not see answers`
  if (kind === 'refused') return `${asked}: ${palette.red('refused with 400')}, for ${why}`
  if (route === undefined) return `${asked}: ${palette.red('no route answers')}`
  const { app, environment, service, ready, wanted } = route
  const tasks =
    ready === undefined ? '' : wanted === 0 ? ', by the ingress itself' : `, ${ready}/${wanted ?? '?'} tasks answering`
  return `${asked}: ${palette.bold(route.route)} of ${service} in ${app}/${environment}${tasks}`
}

const renderElsewhere = (number: number): string =>
  number === 1 ? '1 route is for another host or port' : `${count(number, 'route')} are for other hosts or ports`
