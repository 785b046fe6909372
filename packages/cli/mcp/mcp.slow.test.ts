import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAuthority, fingerprintOf, issueCertificate } from '@atoll/authority'
import { addPerson, openTestControl, uploadOf } from '@atoll/control/testing'
import type { TestControl } from '@atoll/control/testing'
import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../../bin/atoll', import.meta.url))
const never = new AbortController().signal
const params = { app: 'shop', environment: 'test' }
const compose = (tag: string): string => `name: shop\nservices: { web: { image: "web:${tag}" } }\n`

let folder: string
let stage: Stage
let control: TestControl
let environment: Readonly<Record<string, string>>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atoll-mcp-'))
  writeFileSync(join(folder, 'compose.yaml'), compose('9'))
  stage = openStage()
  const nowMs = Date.now()
  const authority = await createAuthority({ name: 'Atoll cluster', nowMs })
  const subject = { commonName: 'control', names: ['localhost'], addresses: ['127.0.0.1'] }
  const issued = await issueCertificate({ authority, ...subject, use: 'server', nowMs, lifeMs: 86_400_000 })
  const tls = { key: issued.keyPem, cert: issued.certificatePem + authority.certificatePem }
  control = await openTestControl(stage, { tls })
  environment = { ATOLL_URL: control.url, ATOLL_AUTHORITY: fingerprintOf(authority.certificatePem) }
  for (const tag of ['1', '2']) await deploy(tag)
})
afterAll(async () => {
  await control[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Without the network: what trusts the authority is the program that is tested. */
const deploy = async (tag: string): Promise<void> => {
  const project = uploadOf(compose(tag))
  const authorization = `Bearer ${await addPerson(control, { name: `deployer${tag}`, grants: [{ role: 'deployer' }] })}`
  const url = '/v1/apps/shop/environments/test/deployments'
  const asked = control.server.inject({
    method: 'POST',
    url,
    headers: { authorization },
    payload: { kind: 'deploy', project },
  })
  const { operation } = (await stage.settle(asked.then((reply) => reply))).json<{ operation: string }>()
  await stage.settle(ended(operation))
}

const ended = async (operation: string): Promise<void> => {
  for (;;) {
    const found = await control.control.documents.find<{ endedAtMs?: number }>('operation', operation, never)
    if (found?.value.endedAtMs !== undefined) return
    await control.control.clock.wait(1_000, never)
  }
}

interface Assistant extends AsyncDisposable {
  readonly client: Client
  readonly token: string
  readonly call: (name: string, input?: Readonly<Record<string, unknown>>) => Promise<Answer>
}

interface Answer {
  readonly isError: boolean
  readonly data: unknown
  readonly text: string
}

/** The SDK's own client, with the program as it is installed. */
const openAssistant = async (role: 'viewer' | 'deployer', ...flags: readonly string[]): Promise<Assistant> => {
  const client = new Client({ name: 'test', version: '1' })
  const token = await addPerson(control, { name: `p${(people += 1)}`, grants: [{ role }] })
  const env = { ...environment, ATOLL_TOKEN: token, HOME: folder, PATH: process.env['PATH'] ?? '' }
  await client.connect(
    new StdioClientTransport({ command: bin, args: ['mcp', ...flags], cwd: folder, env, stderr: 'pipe' }),
  )
  return {
    client,
    token,
    call: async (name, input = {}) => {
      const { content, isError } = CallToolResultSchema.parse(await client.callTool({ name, arguments: input }))
      const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
      const [first] = content
      return { isError: isError === true, data: first?.type === 'text' ? parse(first.text) : undefined, text }
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}
let people = 0

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Lets the time of the cluster pass while somebody outside of this process waits for it. */
const whilePassing = async <T>(work: Promise<T>): Promise<T> => {
  const state = { isDone: false }
  const mark = (): void => void (state.isDone = true)
  work.then(mark, mark)
  while (!state.isDone) await stage.pass(10)
  return work
}

describe('an assistant that may look', () => {
  test('is offered nothing that changes anything, and sees how an app is', async () => {
    await using assistant = await openAssistant('viewer')
    const { tools } = await assistant.client.listTools()
    expect(tools.filter(({ annotations }) => annotations?.readOnlyHint !== true)).toEqual([])
    expect(tools.map(({ name }) => name)).not.toContain('rollback')
    const apps = await assistant.call('list_apps')
    expect(apps.data).toMatchObject({ items: [{ ref: params, release: 2 }] })
    const status = await assistant.call('get_status', params)
    expect(status.data).toMatchObject({ release: { number: 2 }, services: [{ service: 'web', state: 'good' }] })
    const differences = await assistant.call('diff_releases', { ...params, from: 1, to: 2 })
    expect(differences.text).toContain('web:2')
    expect((await assistant.call('list_deployments', { ...params, limit: 1 })).data).toMatchObject({
      items: [{ number: 2, receipt: { state: 'converged' } }],
    })
    expect((await assistant.call('read_logs', params)).isError).toBe(false)
  })

  test('is refused in our words what its role does not allow, and what is not there', async () => {
    await using assistant = await openAssistant('viewer')
    const audit = await assistant.call('list_audit')
    expect(audit).toMatchObject({
      isError: true,
      data: { error: { code: 'forbidden', hint: 'an owner gives roles' } },
    })
    expect(await assistant.call('plan', { environment: 'test' })).toMatchObject({
      isError: true,
      data: { error: { code: 'forbidden' } },
    })
    expect((await assistant.call('get_status', { app: '../x' })).isError).toBe(true)
    const absent = { ...params, number: 99 }
    expect((await assistant.call('get_deployment', absent)).data).toMatchObject({ error: { code: 'not-found' } })
  })

  test('cannot change anything by naming a tool it was not offered', async () => {
    await using assistant = await openAssistant('deployer')
    expect((await assistant.call('rollback', params)).isError).toBe(true)
    expect((await assistant.call('get_status', params)).data).toMatchObject({ release: { number: 2 } })
  })
})

describe('an assistant that may change', () => {
  test('plans the folder it was started in, and goes back, scales and restarts', async () => {
    await using assistant = await openAssistant('deployer', '--allow-changes')
    const { tools } = await assistant.client.listTools()
    const changing = tools.filter(({ annotations }) => annotations?.destructiveHint === true).map(({ name }) => name)
    expect(changing.toSorted()).toEqual([
      'abort_canary',
      'add_route',
      'promote_canary',
      'remove_route',
      'repair',
      'restart',
      'resume',
      'rollback',
      'scale',
    ])
    const planned = await assistant.call('plan', { environment: 'test' })
    expect(planned.data).toMatchObject({ app: 'shop', environment: 'test', release: 3 })
    expect(planned.text).toContain('web:9')
    const back = await whilePassing(assistant.call('rollback', params))
    expect(back.data).toMatchObject({ kind: 'converged', release: 1 })
    const scaled = await whilePassing(assistant.call('scale', { ...params, replicas: { web: 2 } }))
    expect(scaled.data).toMatchObject({ kind: 'converged' })
    expect((await assistant.call('get_status', params)).data).toMatchObject({ services: [{ wanted: 2, running: 2 }] })
    const route = { host: 'shop.example.org', port: 80, rate_limit: { requests: 5, per: '1m' } }
    const added = await whilePassing(assistant.call('add_route', { ...params, service: 'web', route }))
    expect(added.data).toMatchObject({ kind: 'converged' })
    const removed = assistant.call('remove_route', { ...params, route: 'shop.example.org/' })
    expect((await whilePassing(removed)).data).toMatchObject({ kind: 'converged' })
    expect(await whilePassing(assistant.call('rollback', { ...params, release: 77 }))).toMatchObject({
      isError: true,
      data: { error: { code: expect.any(String) as string } },
    })
  })

  test('that is a viewer is refused', async () => {
    await using assistant = await openAssistant('viewer', '--allow-changes')
    expect(await assistant.call('restart', { ...params, services: [] })).toMatchObject({
      isError: true,
      data: { error: { code: 'forbidden' } },
    })
  })
})

test('nothing of it ever holds the token', async () => {
  await using assistant = await openAssistant('viewer')
  const { tools } = await assistant.client.listTools()
  const given: Readonly<Record<string, unknown>> = { ...params, from: 1, to: 2, number: 1, name: 'shop' }
  for (const { name, inputSchema } of tools) {
    const input = Object.fromEntries(Object.entries(given).filter(([key]) => key in (inputSchema.properties ?? {})))
    const { text } = await assistant.call(name, input)
    expect(text.length, name).toBeGreaterThan(10)
    expect(text).not.toContain(assistant.token)
  }
})
