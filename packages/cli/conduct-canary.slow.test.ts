import { describe, expect, test } from 'vitest'
import { fingerprint, openTestServer } from './platform/test-server.ts'
import type { Answer, Heard } from './platform/test-server.ts'
import { openTestCli } from './test-cli.ts'
import type { TestCli } from './test-cli.ts'

const compose = 'name: shop\nservices:\n  web:\n    image: web:2\n'
const files = { 'compose.yaml': compose, password: 'correct horse battery\n' }
const ref = { app: 'shop', environment: 'production' }
const receipt = {
  ...ref,
  deployment: 7,
  release: 7,
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
const answers = { answered: 100, errors: 0, failed: 0, totalMs: 1_000 }
const figures = { old: answers, new: { ...answers, errors: 9 }, uncounted: [] }
const canary = {
  base: 6,
  share: 0.1,
  forMs: 300_000,
  services: [{ service: 'web', canary: 'web-canary' }],
  release: 7,
  startedAtMs: 0,
  untilMs: 300_000,
  isMeasuring: true,
}
const lists = {
  services: [],
  volumes: [],
  troubledNodes: [],
  disks: [],
  managers: [],
  uneven: [],
  names: [],
  strangers: [],
}
const statusOf = (deployment: number, rest: object = {}) => ({
  ref,
  atMs: 120_000,
  lastDeployment: { number: deployment, state: 'converged' },
  ...lists,
  ...rest,
})

type Ended = 'promote' | 'abort' | 'replaced' | 'never'

/** As much of a control as a canary takes, two looks of which fail: measured at the first look, and ended so at the fourth. */
const answerAs = (ended: Ended) => {
  let looks = 0
  const release = ended === 'promote' ? 8 : 6
  const because = 'as it was measured'
  const last = {
    number: 8,
    task: { kind: 'release' },
    release,
    direction: 'forward',
    hasChanged: true,
    acceptsWarnings: false,
    state: 'converged',
    receipt: {
      ...receipt,
      deployment: 8,
      release,
      ...(ended === 'replaced' ? {} : { canary: { kind: ended, rule: 'as-good', because, release: 7, share: 0.1 } }),
    },
  }
  const look = (): Answer => {
    looks += 1
    if (looks === 3)
      return { status: 404, body: { type: 'about:blank', title: 'x', status: 404, detail: 'gone', code: 'not-found' } }
    if (looks === 2)
      return {
        status: 503,
        body: { type: 'about:blank', title: 'x', status: 503, detail: 'elects', code: 'unavailable', retry: true },
      }
    const isOver = looks > 3 && ended !== 'never'
    return { body: isOver ? statusOf(8) : statusOf(7, { canary: { ...canary, figures } }) }
  }
  return ({ line }: Heard): Answer => {
    const session = { token: 'secret', name: 'ann', expiresAtMs: 1 }
    if (/^POST .*(sessions|accept)$/.test(line)) return { status: 201, body: session }
    if (line === 'GET /v1/nodes') return { body: { items: [] } }
    if (/^POST .*deployments$/.test(line)) return { status: 202, body: { operation: 'op' } }
    if (line.endsWith('/operations/op/events')) return { events: [] }
    if (line.endsWith('/operations/op')) {
      const outcome = { kind: 'converged', deployment: 7, release: 7, receipt }
      return { body: { id: 'op', ref, kind: 'deploy', by: 'ann', node: 'n', startedAtMs: 0, endedAtMs: 1, outcome } }
    }
    if (line === 'GET /v1/apps/shop/environments/production') return look()
    if (line.endsWith('/deployments/8')) return { body: last }
    return { status: 404, body: { type: 'about:blank', title: 'x', status: 404, detail: 'nothing', code: 'not-found' } }
  }
}

const deploy = async (cli: TestCli, ended: Ended, ...flags: readonly string[]) => {
  await using server = await openTestServer(answerAs(ended))
  const login = ['login', `${server.url}/#invited.${fingerprint}`, '--name', 'ann', '--password-file', 'password']
  expect(await cli.run(login, { isServed: true })).toMatchObject({ status: 0 })
  const interruptAt = ended === 'never' ? { interruptAt: 'canary: release 7' } : {}
  const words = ['deploy', '--canary', '10%', '--canary-for', '2m', ...flags]
  const result = await cli.run(words, { isServed: true, ...interruptAt })
  const sent = server.heard.find(({ line }) => /^POST .*deployments$/.test(line))?.body ?? '{}'
  return { ...result, sent: JSON.parse(sent) as unknown }
}

describe('a canary is followed until it', () => {
  test('went on, which is good, over a control that does not answer', async () => {
    using cli = openTestCli(files)
    const { status, stdout, stderr, sent } = await deploy(cli, 'promote')
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(sent).toMatchObject({ kind: 'deploy', canary: { share: 0.1, forMs: 120_000 } })
    expect(stderr).toContain('canary: release 7, 10 %, 3 min left, 9 % errors beside 0 %')
    expect(stdout).toContain('shop/production is at release 8')
    expect(stdout).toContain('canary of 10 % goes on: as it was measured')
  })

  test('went back, which scripts see', async () => {
    using cli = openTestCli(files)
    const { status, stdout } = await deploy(cli, 'abort', '--json')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(status).toBe(4)
    expect(lines.at(-2)).toMatchObject({ kind: 'canary', release: 7, figures })
    expect(lines.at(-1)).toMatchObject({ kind: 'canary-end', receipt: { release: 6, canary: { kind: 'abort' } } })
  })

  test('was replaced by what somebody else deployed', async () => {
    using cli = openTestCli(files)
    const { status, stderr } = await deploy(cli, 'replaced')
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('took the place of the canary') })
  })

  test('is left to the cluster by Ctrl-C', async () => {
    using cli = openTestCli(files)
    const { status, stderr } = await deploy(cli, 'never')
    expect({ status, stderr }).toEqual({ status: 130, stderr: expect.stringContaining('goes on in the cluster') })
    expect(stderr).toContain('atoll canary abort shop/production')
  })
})
