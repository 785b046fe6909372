import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { LOGBOOK = 'http://logbook:8082', TOKEN_FILE = '/run/secrets/logbook-token' } = process.env

if (process.argv.includes('--check')) process.exit((await isHealthy()) ? 0 : 1)

const token = readFileSync(TOKEN_FILE, 'utf8').trim()
const server = createServer((request, response) => {
  if (request.url === '/health') return void response.end('ok\n')
  const [, seen] = /^\/sightings\/([^/]+)$/.exec(request.url ?? '') ?? []
  if (seen === undefined || request.method !== 'POST') return void response.writeHead(404).end('not here\n')
  recordSighting(decodeURIComponent(seen)).then(
    (totals) => response.setHeader('content-type', 'application/json').end(totals),
    (error: unknown) => response.writeHead(502).end(`the logbook does not answer: ${String(error)}\n`),
  )
})
server.listen(8081)
process.on('SIGTERM', () => server.close(() => process.exit(0)))

/** Adds one line to the logbook and gives its totals as JSON. */
async function recordSighting(seen: string): Promise<string> {
  const reply = await fetch(`${LOGBOOK}/entries`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: seen,
    signal: AbortSignal.timeout(2_000),
  })
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
  return reply.text()
}

async function isHealthy(): Promise<boolean> {
  return fetch('http://127.0.0.1:8081/health').then(
    (reply) => reply.ok,
    () => false,
  )
}
