// A program of the image: asks its neighbour in the same container whether it works. Exit status 0: it does.
import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { json } from 'node:stream/consumers'

// Slow is not sick: on a node that is busy a start alone takes seconds, and to be ended for it helps nobody.
const timeoutMs = 25_000
const port = Number(process.env['ATOLL_PORT'] ?? 8443)

const checks: Readonly<Record<string, () => { on(event: 'error', listener: () => void): unknown }>> = {
  agent: () => {
    const socketPath = process.env['ATOLL_SOCKET'] ?? '/run/atoll/agent.sock'
    return requestHttp({ socketPath, method: 'POST', path: '/v1/self', timeout: timeoutMs }, judge).end('{}')
  },
  // It is asked over loopback, where nobody can stand between.
  control: () =>
    requestHttps({ port, path: '/v1/health', rejectUnauthorized: false, timeout: timeoutMs }, (reply) => {
      void judgeControl(reply)
    }).end(),
}

function judge(reply: IncomingMessage): void {
  process.exit(reply.statusCode === 200 ? 0 : 1)
}

/** One that never read the documents is not there yet, and an update of the platform has to wait for it. */
async function judgeControl(reply: IncomingMessage): Promise<void> {
  if (reply.statusCode !== 200) process.exit(1)
  const { documentsAgeMs } = (await json(reply)) as { readonly documentsAgeMs?: number }
  process.exit(documentsAgeMs === undefined ? 1 : 0)
}

setTimeout(() => process.exit(1), timeoutMs)
checks[process.argv[2] ?? '']?.().on('error', () => process.exit(1))
