import { siteOf, type HttpRoute } from '@atoll/spec'
import { orderHeader, pathHeader, renderOrder } from '../static/order.ts'
import type { IngressSettings } from '../table.ts'

/** Where what serves files listens. */
export const staticSocket = ({ runFolder }: Pick<IngressSettings, 'runFolder'>): string => `${runFolder}/static.sock`

/** A few big files that many read slowly are to cost neither memory nor those who come after. */
const mostConnections = 1_000

/** What serves files knows nothing but what each request tells it. */
export const renderStatic = (route: HttpRoute, settings: IngressSettings): readonly string[] => {
  if (route.static === undefined) return []
  const site = siteOf(route)
  if (site === undefined) return ['  http-request return status 503 content-type text/plain string "no files"']
  const { index, fallback, notFound, cacheSeconds } = route.static
  const order = {
    site: site.id,
    index,
    cacheSeconds,
    ...(fallback !== undefined && { fallback }),
    ...(notFound !== undefined && { notFound }),
  }
  return [
    `  http-request set-header ${orderHeader} ${renderOrder(order)}`,
    `  http-request set-header ${pathHeader} %[var(txn.path)]`,
    '  retries 3',
    '  retry-on conn-failure empty-response',
    '  timeout connect 1s',
    `  server static unix@${staticSocket(settings)} maxconn ${mostConnections}`,
  ]
}
