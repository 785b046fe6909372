import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openClient } from '@atoll/api'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'
import { readContexts, writeContexts } from './contexts.ts'
import { fingerprint, openTestServer, otherAuthority } from './test-server.ts'
import type { Answer, Heard } from './test-server.ts'
import { openTransport } from './transport.ts'

const compose =
  'name: shop\nservices:\n  web:\n    image: web:${TAG:-1}\n    configs: [page]\nconfigs: {page: {file: ./page}}\n'
const files = { 'compose.yaml': compose, page: 'hello', password: 'correct horse battery\n' }

const receipt = {
  app: 'shop',
  environment: 'production',
  deployment: 3,
  release: 3,
  state: 'converged',
  author: 'ann',
  startedAtMs: 0,
  endedAtMs: 1_000,
  phases: [],
  tasks: [],
  warnings: [],
  causes: [],
  resumedBy: [],
}
const outcome = { kind: 'converged', deployment: 3, release: 3, receipt }
const operation = { id: 'op', ref: { app: 'shop', environment: 'production' }, kind: 'deploy', by: 'ann', node: 'n' }
const phase = (id: string, name: string) => ({ id, event: { kind: 'phase', atMs: 0, phase: name } })

const forged = {
  sequence: 1,
  atMs: 0,
  by: 'ann',
  action: 'signIn',
  subject: 'ann',
  address: '::1',
  previousHash: '',
  hash: 'x',
}

/** As much of a control as these tests ask for. */
const answerAs = ({ line, lastEventId }: Heard): Answer => {
  const session = { token: 'secret', name: 'ann', expiresAtMs: 1 }
  if (/^POST .*(sessions|accept)$/.test(line)) return { status: 201, body: session }
  if (line === 'GET /v1/nodes') return { body: { items: [] } }
  if (line.startsWith('GET /v1/audit/')) return { lines: [forged] }
  if (line.startsWith('GET /v1/audit')) return { body: { items: [forged], usedPercent: 0 } }
  if (line === 'GET /v1/apps?limit=200') return { body: { items: [] } }
  if (/^POST .*deployments$/.test(line)) return { status: 202, body: { operation: 'op' } }
  if (line.endsWith('/operations/op')) {
    return { body: { ...operation, startedAtMs: 0, ...(lastSeen.size > 1 ? { endedAtMs: 1, outcome } : {}) } }
  }
  if (line.endsWith('/events')) {
    lastSeen.add(lastEventId)
    return lastEventId === undefined
      ? { events: [phase('1', 'resolve'), phase('2', 'plan')], isCut: true }
      : { events: [phase('3', 'monitor')] }
  }
  return { status: 404, body: { type: 'about:blank', title: 'x', status: 404, detail: 'nothing', code: 'not-found' } }
}
const lastSeen = new Set<string | undefined>()

const login = (cli: TestCli, url: string) =>
  cli.run(['login', `${url}/#invited.${fingerprint}`, '--name', 'ann', '--password-file', 'password'], {
    isServed: true,
  })

describe('login', () => {
  test('keeps what was learned, for nobody else to read', async () => {
    await using server = await openTestServer(answerAs)
    using cli = openTestCli(files)
    expect(await login(cli, server.url)).toMatchObject({ status: 0, stdout: expect.stringContaining('as ann') })
    expect(JSON.parse(server.heard[0]?.body ?? '')).toEqual({
      token: 'invited',
      name: 'ann',
      password: 'correct horse battery',
    })
    const configDir = join(cli.folder, '.config')
    expect(await readContexts(configDir)).toMatchObject({ contexts: [{ token: 'secret', urls: [server.url] }] })
    expect(statSync(join(configDir, 'contexts.json')).mode & 0o777).toBe(0o600)
  })

  test('sends nothing to a server of another authority', async () => {
    await using server = await openTestServer(answerAs, { signedBy: otherAuthority })
    using cli = openTestCli(files)
    expect(await login(cli, server.url)).toMatchObject({ status: 1, stderr: expect.stringContaining('fingerprint') })
    expect(server.heard).toEqual([])
  })

  test('without a fingerprint a person compares it, and no means no', async () => {
    await using server = await openTestServer(answerAs)
    using cli = openTestCli(files)
    const words = ['login', server.url]
    expect((await cli.run(words)).status).toBe(2)
    const refused = await cli.run(words, { isTerminal: true, answer: false, isServed: true })
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining(fingerprint) })
    expect(server.heard).toEqual([])
    const answers = ['ann', 'correct horse battery']
    expect((await cli.run(words, { isTerminal: true, answer: true, answers, isServed: true })).status).toBe(0)
  })
})

test('managers that joined are known from the next reply on, and those that left are not', async () => {
  const headers = { 'x-atoll-controls': '127.0.0.1,10.0.0.7' }
  await using server = await openTestServer((heard) => ({ ...answerAs(heard), headers }))
  using cli = openTestCli(files)
  await login(cli, server.url)
  const configDir = join(cli.folder, '.config')
  const known = await readContexts(configDir)
  const urls = [server.url, 'https://10.0.0.9:8443']
  await writeContexts(configDir, { ...known, contexts: known.contexts.map((context) => ({ ...context, urls })) })
  expect(await cli.run(['ls'], { isServed: true })).toMatchObject({ status: 0 })
  const joined = `https://10.0.0.7:${new URL(server.url).port}`
  expect(await readContexts(configDir)).toMatchObject({ contexts: [{ urls: [server.url, joined] }] })
})

describe('which cluster', () => {
  test('an engine that is named wins over the platform', async () => {
    await using server = await openTestServer(answerAs)
    using cli = openTestCli(files)
    await login(cli, server.url)
    const asked = server.heard.length
    expect((await cli.run(['ls'], { variables: { DOCKER_HOST: 'unix:///x' } })).status).toBe(0)
    expect((await cli.run(['ls', '--engine', 'unix:///x'])).status).toBe(0)
    expect(server.heard.length).toBe(asked)
    await cli.run(['ls'], { isServed: true })
    expect(server.heard.at(-1)).toMatchObject({ line: 'GET /v1/apps?limit=200', authorization: 'Bearer secret' })
    expect((await cli.run(['ls', '--engine', 'x', '--context', 'y'])).status).toBe(2)
  })

  test('a program brings its own token and trusts the fingerprint it was given', async () => {
    await using server = await openTestServer(answerAs)
    using cli = openTestCli(files)
    const variables = { ATOLL_URL: server.url, ATOLL_TOKEN: 'ci', ATOLL_AUTHORITY: fingerprint }
    expect((await cli.run(['ls'], { variables, isServed: true })).status).toBe(0)
    expect(server.heard.at(-1)?.authorization).toBe('Bearer ci')
    const wrong = { ...variables, ATOLL_AUTHORITY: `${fingerprint.slice(1)}A` }
    expect((await cli.run(['ls'], { variables: wrong })).status).toBe(1)
    expect(server.heard.length).toBe(1)
  })
})

describe('a control that answers with what it knows', () => {
  const answerOld =
    (ageMs: number) =>
    (heard: Heard): Answer => ({ ...answerAs(heard), headers: { 'x-atoll-age-ms': String(ageMs) } })

  test('is told apart in one line that is none of the result', async () => {
    await using server = await openTestServer(answerOld(12_300))
    using cli = openTestCli(files)
    await login(cli, server.url)
    const shown = await cli.run(['ls', '--json'], { isServed: true })
    expect(shown).toMatchObject({ status: 0, stdout: expect.not.stringContaining('ago') })
    expect(JSON.parse(shown.stdout)).toEqual(expect.anything())
    expect(shown.stderr.match(/as of 12 s ago: the engine does not answer/g)).toHaveLength(1)
  })

  test('is not, while nobody could see the difference', async () => {
    await using server = await openTestServer(answerOld(300))
    using cli = openTestCli(files)
    await login(cli, server.url)
    expect((await cli.run(['ls'], { isServed: true })).stderr).not.toContain('ago')
  })
})

test('that no control has a leader is told by the one that says so', async () => {
  const detail = 'nothing can be changed: the managers have no leader'
  const failure = { type: 'about:blank', title: 'x', status: 503, detail, code: 'no-quorum', hint: 'start n2 again' }
  await using server = await openTestServer((heard) =>
    heard.line.endsWith('/deployments') ? { status: 503, body: failure } : answerAs(heard),
  )
  await using gate = await openTestServer(() => ({
    status: 502,
    body: 'no control',
    headers: { 'content-type': 'text/plain' },
  }))
  const transport = openTransport({ urls: [server.url, gate.url], authorityPem: server.authorityPem, patienceMs: 0 })
  await using _ = transport
  const client = openClient({ send: transport.send })
  const input = { params: { app: 'shop', environment: 'test' }, body: { kind: 'restart' as const, services: [] } }
  const error = await client.call('startDeployment', input, AbortSignal.timeout(5_000)).catch((cause: unknown) => cause)
  expect(error).toMatchObject({ status: 503, code: 'no-quorum', hint: 'start n2 again' })
})

describe('a control that is away', () => {
  test('is passed over for the next, which is remembered', async () => {
    await using gone = await openTestServer(answerAs)
    await using away = await openTestServer(() => ({ status: 503, body: {} }))
    await using stranger = await openTestServer(answerAs, { signedBy: otherAuthority })
    await using alive = await openTestServer(answerAs)
    using cli = openTestCli(files)
    await login(cli, alive.url)
    const configDir = join(cli.folder, '.config')
    const { contexts, ...rest } = await readContexts(configDir)
    await gone[Symbol.asyncDispose]()
    const urls = [gone.url, away.url, stranger.url, alive.url]
    await writeContexts(configDir, { ...rest, contexts: contexts.map((context) => ({ ...context, urls })) })
    expect((await cli.run(['ls'], { isServed: true })).status).toBe(0)
    expect((await readContexts(configDir)).contexts[0]?.urls[0]).toBe(alive.url)
    expect(stranger.heard).toEqual([])
  })

  const lost = { type: 'about:blank', title: 'x', status: 503, detail: 'it died', code: 'operation-lost' }
  const cause = { kind: 'abandoned', service: '', message: 'it died', health: [], logs: [], nodes: [] }
  const ended = { ...outcome, kind: 'rolled-back', receipt: { ...receipt, state: 'rolled-back', causes: [cause] } }
  const phases = [{ name: 'rollback', startedAtMs: 0, endedAtMs: 1 }]
  const takenBack = { ...ended, receipt: { ...ended.receipt, phases } }
  test.each([
    ['before it was a deployment', { failure: lost }],
    ['before the deployment had begun', { outcome: ended }],
    ['before it had begun, with something older to take back', { outcome: takenBack }],
  ])('%s: it is asked for anew', async (_, end) => {
    let starts = 0
    await using server = await openTestServer((heard) => {
      if (heard.line.endsWith('/deployments')) starts += 1
      if (heard.line.endsWith('/events')) return { events: [phase('1', 'plan')] }
      const told = { ...operation, startedAtMs: 0, endedAtMs: 1, ...(starts > 1 ? { outcome } : end) }
      return heard.line.endsWith('/operations/op') ? { body: told } : answerAs(heard)
    })
    using cli = openTestCli(files)
    await login(cli, server.url)
    const { status, stdout } = await cli.run(['deploy'], { isServed: true })
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('is at release 3') })
    expect(starts).toBe(2)
  })

  test('in the middle of a deployment: its events go on after the last one seen', async () => {
    lastSeen.clear()
    await using server = await openTestServer(answerAs)
    using cli = openTestCli(files)
    await login(cli, server.url)
    const variables = { TAG: '7', PRIVATE: 'x' }
    const { status, stdout, stderr } = await cli.run(['deploy'], { variables, isServed: true })
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('is at release 3') })
    expect(stderr).toContain('as ann')
    expect([...lastSeen]).toEqual([undefined, '2'])
    const sent = server.heard.find(({ line }) => line.endsWith('/deployments'))?.body ?? ''
    expect(JSON.parse(sent)).toMatchObject({
      kind: 'deploy',
      project: {
        variables: { TAG: '7' },
        files: { [join(cli.folder, 'compose.yaml')]: { kind: 'text', text: compose } },
        contents: { [join(cli.folder, 'page')]: { kind: 'bytes', base64: btoa('hello') } },
      },
    })
    expect(sent).not.toContain('PRIVATE')
  })
})

test('an entry of the audit that was changed is found here', async () => {
  await using server = await openTestServer(answerAs)
  using cli = openTestCli(files)
  await login(cli, server.url)
  expect((await cli.run(['audit'], { isServed: true })).stdout).toContain('signIn')
  const verified = await cli.run(['audit', 'verify'], { isServed: true })
  expect(verified).toMatchObject({ status: 1, stdout: expect.stringContaining('entry 1') })
})
