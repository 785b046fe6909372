import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { render, superviseHaproxy } from '@atoll/ingress'

/** One HAProxy with no routes at all: it answers every challenge of the account with this thumbprint, and knows of no order. */
export const startResponder = async (
  thumbprint: string,
  port: number,
): Promise<{ readonly port: number } & AsyncDisposable> => {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-acme-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const settings = {
    addresses: ['127.0.0.1'],
    httpPort: port,
    runFolder: folder,
    trustedProxies: [],
    maxConnections: 100,
    checkEveryMs: 2_000,
  }
  const options = {
    program: '/usr/sbin/haproxy',
    folder: join(folder, 'configurations'),
    runFolder: folder,
    reloadEveryMs: 1_000,
    graceMs: 1_000,
    log: () => {},
    onRequest: () => {},
  }
  stack.use(
    await superviseHaproxy(
      render({ environments: [], certificates: [], acmeThumbprint: thumbprint }, settings),
      options,
    ),
  )
  return { port, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
