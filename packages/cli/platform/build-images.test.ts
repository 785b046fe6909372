import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import { fingerprint, openTestServer } from './test-server.ts'
import type { Answer, Heard } from './test-server.ts'

const compose = `name: shop
services:
  web: { build: { context: ., args: { KEY: größe } } }
  worker: { build: { context: ., args: { KEY: größe } } }
  api: { build: { context: ./api, dockerfile_inline: FROM scratch, tags: [mine] } }
`
const files = { 'compose.yaml': compose, Dockerfile: 'FROM base', '.dockerignore': 'left-out', 'left-out': 'private' }
const reference = (service: string): string => `r/shop/${service}:production@sha256:${'a'.repeat(64)}`
const failure = {
  type: 'about:blank',
  title: 'x',
  status: 422,
  detail: 'step 2 failed',
  code: 'refused',
  hint: 'mend it',
}

/** Builds what is asked for; what comes after the builds is somebody else's test. */
const answerWith =
  (lines: (service: string) => Answer) =>
  ({ line, build }: Heard): Answer => {
    if (line === 'GET /v1/nodes') return { body: { items: [] } }
    if (line.endsWith('/builds')) return lines(String(JSON.parse(build ?? '{}').service))
    return { status: 409, body: { ...failure, status: 409, code: 'busy', detail: 'somebody else deploys' } }
  }

const built = (service: string): Answer => ({
  lines: [
    { kind: 'line', line: `step of ${service}` },
    { kind: 'built', reference: reference(service) },
  ],
})

const open = async (answer: (heard: Heard) => Answer) => {
  const server = await openTestServer(answer)
  const cli = openTestCli(files)
  mkdirSync(join(cli.folder, 'api'))
  cli.write('api/code', 'code')
  const variables = { ATOLL_URL: server.url, ATOLL_TOKEN: 'ci', ATOLL_AUTHORITY: fingerprint }
  return {
    server,
    run: (words: readonly string[], more = {}) => cli.run(words, { variables, isServed: true, ...more }),
    builds: () => server.heard.filter(({ line }) => line.endsWith('/builds')),
    deployments: () => server.heard.filter(({ line }) => line.endsWith('/deployments')),
    async [Symbol.asyncDispose]() {
      cli[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('folders are sent without what is ignored, each build once, and the digests are deployed', async () => {
  await using opened = await open(answerWith(built))
  const { stderr } = await opened.run(['deploy'])
  const [api, web, ...more] = opened.builds()
  expect(more).toEqual([])
  expect(JSON.parse(web?.build ?? '')).toMatchObject({
    service: 'web',
    dockerfile: 'Dockerfile',
    args: { KEY: 'größe' },
  })
  expect(web?.body).toContain('FROM base')
  expect(web?.body).not.toContain('private')
  expect(JSON.parse(api?.build ?? '')).toMatchObject({ service: 'api', dockerfile: '.atoll.Dockerfile' })
  expect(api?.body).toContain('FROM scratch')
  expect(JSON.parse(opened.deployments()[0]?.body ?? '')).toMatchObject({
    images: { web: reference('web'), worker: reference('web'), api: reference('api') },
  })
  expect(stderr).toContain('step of web')
  expect(stderr).toContain('build.tags is left out')
})

test('a build that fails says why, and nothing is deployed', async () => {
  await using opened = await open(answerWith(() => ({ lines: [{ kind: 'failed', failure }] })))
  expect(await opened.run(['deploy'])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/step 2 failed[^]*mend it/),
  })
  expect(opened.deployments()).toEqual([])
})

test('a control that dies in the middle is told as that', async () => {
  await using opened = await open(answerWith(() => ({ lines: [{ kind: 'line', line: 'x' }], isCut: true })))
  const { status, stderr } = await opened.run(['deploy'])
  expect(status).toBe(1)
  expect(stderr).toContain('build api of shop/production: ')
  expect(stderr).toContain('nothing was changed; deploy again')
  expect(opened.deployments()).toEqual([])
})

test('Ctrl-C changes nothing and says so', async () => {
  await using opened = await open(answerWith((service) => ({ ...built(service), isHeld: true })))
  const { status, stderr } = await opened.run(['deploy'], { interruptAt: 'step of api' })
  expect(status).toBe(130)
  expect(stderr).toContain('build api of shop/production: interrupted; nothing was changed')
  expect(opened.deployments()).toEqual([])
})

test('a registry of the caller is no word to a platform', async () => {
  await using opened = await open(answerWith(built))
  expect(await opened.run(['deploy', '--registry', 'r'])).toMatchObject({ status: 2 })
  expect(opened.builds()).toEqual([])
})
