import type { RequestListener } from 'node:http'
import { startIngress, type TestIngress } from './ingress.ts'
import { endpointsAt, environmentOf } from './table.ts'
import { startTasks } from './tasks.ts'

interface Around {
  readonly addresses?: readonly string[]
  readonly trustedProxies?: readonly string[]
  readonly isProxyProtocolExpected?: boolean
}

/** What a test starts, ended with it. */
export interface Bench extends AsyncDisposable {
  readonly stack: AsyncDisposableStack
  /** An ingress with these routes of one service, whose tasks listen at addresses of the loopback. */
  readonly startRoutes: (
    routes: (ports: { readonly https: number }) => readonly string[],
    around?: Around,
  ) => Promise<TestIngress>
  /** Tasks at these addresses; gives their port. */
  readonly startHandler: (handle: (address: string) => RequestListener, around?: Around) => Promise<number>
}

export const createBench = (): Bench => {
  const stack = new AsyncDisposableStack()
  return {
    stack,
    startRoutes: async (routes, { addresses = ['127.0.0.1'], ...change } = {}) => {
      const started = await startIngress((ports) => {
        const lines = routes(ports).map((route) => `        - ${route}`)
        const text = ['services:', '  web:', '    image: shop', '    x-atoll:', '      routes:', ...lines].join('\n')
        return [environmentOf(`name: shop\n${text}\n`, { endpoints: { web: endpointsAt(...addresses) } })]
      }, change)
      return stack.use(started)
    },
    startHandler: async (handle, { addresses = ['127.0.0.1'] } = {}) =>
      stack.use(await startTasks(addresses, handle)).port,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
