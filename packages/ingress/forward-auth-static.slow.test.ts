import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sitesOf } from '@atoll/spec'
import { expect, test } from 'vitest'
import { keepStatic } from './keep-static.ts'
import { staticSocket } from './render/static.ts'
import { startIngress } from './testing/ingress.ts'
import { writeSite } from './testing/sites.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

test('files are for those of whom another service says so', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-static-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const auth = await startTasks(['127.0.0.1'], () => (request, response) => {
    if (request.headers.cookie === 'yes') response.writeHead(204).end()
    else response.writeHead(302, { location: 'https://login.example.org/' }).end()
  })
  const question = `forward_auth: {service: auth, port: ${stack.use(auth).port}}`
  const files = `static: {image: 'site@sha256:${'a'.repeat(64)}', path: /site}`
  const environment = environmentOf(
    `{name: sites, services: {auth: {image: x}, web: {image: x, x-atoll: {routes: [{host: docs.example.org, ${question}, ${files}}]}}}}`,
    { endpoints: { auth: endpointsAt('127.0.0.1') } },
  )
  const [site = { id: '' }] = sitesOf(environment.routes)
  await writeSite(folder, site.id, { '/index.html': 'staff alone', '/assets/app.js': 'x' })
  const ingress = stack.use(await startIngress([environment]))
  const program = join(import.meta.dirname, 'static/main.ts')
  const serving = stack.use(keepStatic({ program, folder, socket: staticSocket(ingress.settings), log: () => {} }))
  await serving.want(true)
  const ask = (path: string, cookie: string) => ingress.ask({ host: 'docs.example.org', path, headers: { cookie } })
  for (const path of ['/', '/assets/app.js', '//assets/%61pp.js', '/none']) {
    const { status, headers, text } = await ask(path, 'no')
    expect([status, headers['location'], text]).toEqual([302, 'https://login.example.org/', ''])
  }
  const { status, text } = await ask('/', 'yes')
  expect([status, text]).toEqual([200, 'staff alone'])
  expect((await ask('/none', 'yes')).status).toBe(404)
})
