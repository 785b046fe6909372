import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that the system gives to connections, of which one may be taken before a program listens there. */
const ports = [10_240, 30_240] as const

/** For tests: a port of the loopback nobody listens at. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(...ports)
    if (await isFree(port)) return port
  }
}

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
