import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { answerFiles } from './answer.ts'

/** Serves the sites of a folder at a unix socket, both named by its arguments, until it is told to stop or its parent is gone. */
const [, , folder = '', socket = ''] = process.argv

const server = createServer(answerFiles(folder, (error) => process.stderr.write(`serve a file: ${String(error)}\n`)))
// HAProxy keeps connections, and closes them itself.
server.keepAliveTimeout = 0
const stop = (): void => {
  server.close(() => process.exit())
  server.closeIdleConnections()
}
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, stop)
process.stdin.on('end', stop).resume()
await rm(socket, { force: true })
server.listen(socket)
