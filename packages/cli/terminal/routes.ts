import type { Reply } from '@atoll/api'
import type { Screen } from './screen.ts'
import { renderTable, shorten } from './table.ts'

type ListedRoute = Reply<'listRoutes'>['items'][number]

/** Routes, then what ingresses do not take of them. */
export const renderRoutes = (routes: readonly ListedRoute[], screen: Screen): readonly string[] =>
  routes.length === 0
    ? ['no app has a route']
    : [
        ...renderTable(
          ['ROUTE', 'APP', 'SERVICE', 'ANSWERING'],
          routes.map(({ route, app, environment, service, ready, wanted }) => [
            screen.palette.bold(route),
            `${app}/${environment}`,
            service,
            paint(screen, ready, wanted),
          ]),
          { ...screen, spare: shorten('ROUTE', 'APP') },
        ),
        ...new Set(routes.flatMap((route) => renderTroubles(route, screen))),
      ]

/** The same of all routes of an app, mostly: a reason names the route it is about. */
const renderTroubles = ({ app, environment, troubles = [] }: ListedRoute, { palette }: Screen): readonly string[] =>
  troubles.map(
    ({ nodes, message }) => `${palette.yellow('!')} ${app}/${environment}: on ${nodes.join(', ')}: ${message}`,
  )

/** A redirect is answered by the ingress itself. */
const paint = ({ palette }: Screen, ready: number, wanted: number | undefined): string => {
  if (wanted === 0) return palette.dim('ingress')
  const text = wanted === undefined ? String(ready) : `${ready}/${wanted}`
  return ready === 0 ? palette.red(text) : wanted !== undefined && ready < wanted ? palette.yellow(text) : text
}
