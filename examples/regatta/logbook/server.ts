import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'

/** One line per entry; the only state of the app, on its volume. */
const file = '/data/logbook'
const maxEntryBytes = 200
const { TOKEN_FILE = '/run/secrets/logbook-token' } = process.env

if (process.argv.includes('--check')) process.exit((await isHealthy()) ? 0 : 1)

const token = readFileSync(TOKEN_FILE, 'utf8').trim()
const totals = readTotals()
const server = createServer((request, response) => {
  if (request.url === '/health') return void response.end('ok\n')
  if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end('wrong token\n')
  if (request.url !== '/entries') return void response.writeHead(404).end('not here\n')
  readBody(request).then(
    (entry) => {
      if (request.method === 'POST') addEntry(entry)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(Object.fromEntries(totals)))
    },
    (error: unknown) => response.writeHead(400).end(`${String(error)}\n`),
  )
})
server.listen(8082)
process.on('SIGTERM', () => server.close(() => process.exit(0)))

function readTotals(): Map<string, number> {
  const counts = new Map<string, number>()
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

function addEntry(entry: string): void {
  const name = entry.replaceAll('\n', ' ')
  appendFileSync(file, `${name}\n`)
  totals.set(name, (totals.get(name) ?? 0) + 1)
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > maxEntryBytes) throw new Error(`an entry has at most ${maxEntryBytes} bytes`)
  }
  return body
}

async function isHealthy(): Promise<boolean> {
  return fetch('http://127.0.0.1:8082/health').then(
    (reply) => reply.ok,
    () => false,
  )
}
