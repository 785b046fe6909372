import { endpointsAt, environmentOf, issueFor } from '@atoll/ingress/bench'
import type { RouteTable } from '@atoll/ingress'

/** `h0.example.org` and so on. */
export const hostOf = (index: number): string => `h${index}.example.org`

export interface Routes {
  readonly routes: number
  /** Where the tasks listen. */
  readonly port: number
  readonly addresses?: readonly string[]
  /** Of each service; the platform keeps two places for each. */
  readonly replicas?: number
}

const routesOfApp = 10

/** So many hosts of apps with ten each, as compose files say them; requests without TLS are answered. */
export const environmentsOf = ({
  routes,
  port,
  addresses = ['127.0.0.1'],
  replicas,
}: Routes): RouteTable['environments'] =>
  Array.from({ length: Math.ceil(routes / routesOfApp) }, (_, app) => {
    const own = Array.from({ length: Math.min(routesOfApp, routes - app * routesOfApp) }, (__, at) => ({
      host: hostOf(app * routesOfApp + at),
      port,
      https: 'optional',
    }))
    const text = JSON.stringify({ name: `app${app}`, services: { web: { image: 'x', 'x-atoll': { routes: own } } } })
    const environment = environmentOf(text, { endpoints: { web: endpointsAt(...addresses) } })
    return replicas === undefined ? environment : { ...environment, mostTasks: { web: 2 * replicas } }
  })

export const tableOf = async (routes: Routes): Promise<RouteTable> => ({
  environments: environmentsOf(routes),
  certificates: (await issueFor(['*.example.org'])).certificates,
})
