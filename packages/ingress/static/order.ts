import type { StaticFiles } from '@atoll/spec'

/** What a route says of its files. It goes along with each request, so that what serves them has nothing to be told. */
export interface StaticOrder extends Pick<StaticFiles, 'index' | 'fallback' | 'notFound' | 'cacheSeconds'> {
  /** Id of a StaticSite. */
  readonly site: string
}

/** Headers by which HAProxy says it, in the place of what a client says there; and the path as it was asked. */
export const [orderHeader, pathHeader] = ['x-atoll-static', 'x-atoll-path']

/** As one word of a header. */
export const renderOrder = (order: StaticOrder): string => Buffer.from(JSON.stringify(order)).toString('base64url')

const mostOrders = 1_000

/** Each is parsed once; undefined of what is none. */
export const createOrderParser = (): ((text: string) => StaticOrder | undefined) => {
  const known = new Map<string, StaticOrder>()
  return (text) => {
    const order = known.get(text) ?? parseOrder(text)
    if (known.size >= mostOrders) known.clear()
    if (order !== undefined) known.set(text, order)
    return order
  }
}

const parseOrder = (text: string): StaticOrder | undefined => {
  try {
    const order = JSON.parse(Buffer.from(text, 'base64url').toString()) as StaticOrder
    return /^[0-9a-f]{32}$/.test(order.site) ? order : undefined
  } catch {
    return undefined
  }
}
