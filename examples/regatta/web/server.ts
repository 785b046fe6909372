import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { ask } from './ask.ts'
import { renderPage, type Sightings } from './page.ts'

const { NODE = 'nowhere', TASK = '?', API = 'http://api:8081' } = process.env

if (process.argv.includes('--check')) process.exit((await isHealthy()) ? 0 : 1)

const banner = readFileSync('/etc/regatta/banner.txt', 'utf8').trim()
const server = createServer((request, response) => {
  if (request.url === '/health') return void response.end('ok\n')
  if (request.url !== '/') return void response.writeHead(404).end('not here\n')
  readSightings().then(
    (sightings) =>
      response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(renderPage({ banner, node: NODE, task: TASK, sightings })),
    (error: unknown) => response.writeHead(502).end(`the API does not answer: ${String(error)}\n`),
  )
})
server.listen(8080)

// Docker sends SIGTERM: answer what is under way, then go.
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  void wait(5_000).then(() => process.exit(0))
})

async function readSightings(): Promise<Sightings> {
  return JSON.parse(await ask(new URL(`/sightings/${encodeURIComponent(NODE)}`, API))) as Sightings
}

async function isHealthy(): Promise<boolean> {
  return fetch('http://127.0.0.1:8080/health').then(
    (reply) => reply.ok,
    () => false,
  )
}
