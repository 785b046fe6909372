import { openTestAgent } from '@atoll/agent/testing'
import { buildHeader, renderBuildSettings } from '@atoll/api'
import type { BuildSettings, Client } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { BuildRequest, Engine } from '@atoll/engine'
import { request as httpRequest } from 'node:http'
import { describe, expect, it, test } from 'vitest'
import { limitBytes } from './handlers/builds.ts'
import { addPerson, caught, openTestControl, uploadOf } from './test-control.ts'
import { headOf, tarOf } from './test-tar.ts'

const params = { app: 'shop', environment: 'test' }
const never = new AbortController().signal
const registry = 'registry.test:5000'
const reference = `${registry}/shop/web:test`

/** A client of a control, behind which an agent serves the fake engine, or what stands in for a part of it. */
const open = async (change: Partial<Engine> = {}, role: 'deployer' | 'viewer' = 'deployer') => {
  const stage = openStage()
  const agent = await openTestAgent({ ...stage.engine, ...change })
  const control = await openTestControl(stage, { engine: agent.remote, registry })
  const token = await addPerson(control, { name: 'anna', grants: [{ role, app: 'shop' }] })
  return {
    stage,
    agent,
    control,
    token,
    client: control.client(token),
    async [Symbol.asyncDispose]() {
      await control[Symbol.asyncDispose]()
      await agent[Symbol.asyncDispose]()
    },
  }
}

const settingsOf = (change: Partial<BuildSettings> = {}): BuildSettings => ({
  service: 'web',
  dockerfile: 'Dockerfile',
  args: {},
  labels: {},
  extraHosts: [],
  platforms: [],
  isPulling: false,
  noCache: false,
  ...change,
})

interface Sent {
  readonly settings?: Partial<BuildSettings>
  readonly upload?: () => AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal
}

const linesOf = (client: Client, { settings, upload = () => tarOf({ Dockerfile: 10 }), signal = never }: Sent = {}) =>
  client.lines(
    'buildImage',
    { params, headers: { [buildHeader]: renderBuildSettings(settingsOf(settings)) }, upload },
    signal,
  )

const build = (client: Client, sent: Sent = {}) => Array.fromAsync(linesOf(client, sent))

const compose = 'name: shop\nservices:\n  web:\n    build: { context: ., args: { KEY: a } }\n  db: { image: "db:1" }\n'

describe('an app with a build', () => {
  it('is deployed as what was built of it, by digest', async () => {
    await using opened = await open()
    const lines = await build(opened.client)
    const last = lines.at(-1)
    const image = last?.kind === 'built' ? last.reference : ''
    expect(lines[0]).toMatchObject({ kind: 'line' })
    expect(image).toMatch(new RegExp(`^${reference}@sha256:[0-9a-f]{64}$`))
    const body = { kind: 'deploy' as const, project: uploadOf(compose), images: { web: image } }
    const { client, stage } = opened
    const { operation } = await stage.settle(client.call('startDeployment', { params, body }, never))
    const follow = Array.fromAsync(client.follow('followOperation', { params: { ...params, operation } }, never))
    expect((await stage.settle(follow)).at(-1)?.event).toMatchObject({ kind: 'end', state: 'converged' })
    const { services } = await client.call('getStatus', { params }, never)
    expect(services.find(({ service }) => service === 'web')).toMatchObject({ image, state: 'good' })
  })

  it('is planned with what is still to be built', async () => {
    await using opened = await open()
    const plan = await opened.client.call('planProject', { params, body: uploadOf(compose) }, never)
    expect(plan).toMatchObject({ release: 1, builds: ['web'] })
  })

  const digest = `sha256:${'a'.repeat(64)}`
  test.each([
    ['nothing', {}, 'not-built'],
    ['an image without a digest', { web: reference }, 'foreign-image'],
    ['one of another registry', { web: `hub.test/shop/web:test@${digest}` }, 'foreign-image'],
    ['one of another app', { web: `${registry}/atoll/system:latest@${digest}` }, 'foreign-image'],
    ['one of another environment', { web: `${registry}/shop/web:production@${digest}` }, 'foreign-image'],
    ['one of a service that is not built', { web: `${registry}/shop/db:test@${digest}` }, 'foreign-image'],
    ['more behind the digest', { web: `${reference}@${digest}/x` }, 'foreign-image'],
    [
      'one for a service that is not built',
      { web: `${reference}@${digest}`, db: `${reference}@${digest}` },
      'foreign-image',
    ],
  ])('is refused with %s', async (_what, images, code) => {
    await using opened = await open()
    const body = { kind: 'deploy' as const, project: uploadOf(compose), images }
    const error = await caught(opened.client.call('startDeployment', { params, body }, never))
    expect(error).toMatchObject({ status: 422, code })
    expect(opened.stage.engine.world.services.size).toBe(0)
  })
})

describe('a build is refused', () => {
  it('to who may only look', async () => {
    await using opened = await open({}, 'viewer')
    expect(await caught(build(opened.client))).toMatchObject({ status: 403, code: 'forbidden' })
  })

  it('for the platform itself', async () => {
    await using opened = await open()
    const owner = opened.control.client(await addPerson(opened.control, { name: 'root', grants: [{ role: 'owner' }] }))
    const headers = { [buildHeader]: renderBuildSettings(settingsOf()) }
    const input = { params: { app: 'atoll', environment: 'system' }, headers, upload: () => tarOf({}) }
    expect(await caught(Array.fromAsync(owner.lines('buildImage', input, never)))).toMatchObject({ code: 'reserved' })
  })

  it('without settings, and where no registry is known', async () => {
    await using opened = await open()
    const input = { params, upload: () => tarOf({}) }
    expect(await caught(Array.fromAsync(opened.client.lines('buildImage', input, never)))).toMatchObject({
      status: 400,
    })
    await using bare = await openTestControl(opened.stage, { node: 1 })
    expect(await caught(build(bare.client(opened.token)))).toMatchObject({ status: 422, code: 'no-registry' })
  })

  const bad = async function* (): AsyncGenerator<Uint8Array, void> {
    yield Buffer.alloc(4096, 'x')
  }
  const short = async function* (): AsyncGenerator<Uint8Array, void> {
    yield headOf('Dockerfile', 5_000)
    yield Buffer.alloc(100)
  }
  test.each([
    ['what is no tar', { upload: bad }, 'invalid'],
    ['a tar that is too short', { upload: short }, 'invalid'],
    ['a tar without its Dockerfile', { upload: () => tarOf({ other: 1 }) }, 'invalid'],
    ["the node's own network", { settings: { network: 'host' } }, 'refused'],
    ['a folder of the control as its address', { settings: { address: '/etc' } }, 'refused'],
  ])('for %s, with the reason as its last line', async (_what, sent: Sent, code) => {
    await using opened = await open()
    const lines = await build(opened.client, sent)
    expect(lines.at(-1)).toMatchObject({ kind: 'failed', failure: { code } })
    expect(await build(opened.client)).toContainEqual(expect.objectContaining({ kind: 'built' }))
  })

  it('above the limit', async () => {
    const read = Array.fromAsync(limitBytes(tarOf({ Dockerfile: 5_000 }), 4_096))
    expect(await caught(read)).toMatchObject({ status: 413, code: 'too-large' })
  })
})

/** Reads the tar and says how it ended. */
const createReader = () => {
  const ended = Promise.withResolvers<unknown>()
  const begun = Promise.withResolvers<void>()
  const buildImage: Engine['buildImage'] = async ({ packed = tarOf({}) }, signal) => {
    try {
      for await (const _ of packed) begun.resolve()
      ended.resolve(undefined)
      return `${reference}@sha256:${'b'.repeat(64)}`
    } catch (error) {
      ended.resolve(error)
      signal.throwIfAborted()
      throw error
    }
  }
  return { buildImage, begun: begun.promise, ended: ended.promise }
}

async function* endless(): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    yield Buffer.alloc(64 * 1024)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('who leaves in the middle', () => {
  it('ends the build at the engine', async () => {
    const reader = createReader()
    await using opened = await open({ buildImage: reader.buildImage })
    const stop = new AbortController()
    const run = build(opened.client, { upload: endless, signal: stop.signal })
    run.catch(() => undefined)
    await reader.begun
    stop.abort()
    expect(await reader.ended).toBeInstanceOf(EngineError)
    expect(await caught(run)).toBeInstanceOf(Error)
  })

  it('by a cut connection does the same: what came is no whole tar', async () => {
    const reader = createReader()
    await using opened = await open({ buildImage: reader.buildImage })
    const request = httpRequest(`${opened.control.url}/v1/apps/shop/environments/test/builds`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${opened.token}`,
        'content-type': 'application/x-tar',
        [buildHeader]: renderBuildSettings(settingsOf()),
      },
    })
    request.on('error', () => undefined)
    request.write(headOf('Dockerfile', 5_000))
    await reader.begun
    request.destroy()
    expect(await reader.ended).toBeInstanceOf(EngineError)
  })

  it('as an engine is told why, while more is being sent', async () => {
    const buildImage: Engine['buildImage'] = async () => {
      throw new EngineError('refused', 'build: step 2 failed')
    }
    await using opened = await open({ buildImage })
    const lines = await build(opened.client, { upload: endless })
    expect(lines).toMatchObject([{ kind: 'failed', failure: { detail: 'build: step 2 failed' } }])
  })
})

describe('what a build takes', () => {
  it('is little memory: 500 MB are passed on at the pace of the engine', { timeout: 120_000 }, async () => {
    const size = 500 * 1024 * 1024
    let sent = 0
    let taken = 0
    let most = 0
    const buildImage: Engine['buildImage'] = async ({ packed = tarOf({}) }) => {
      for await (const chunk of packed) {
        taken += chunk.length
        most = Math.max(most, sent - taken)
        if (taken % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      return `${reference}@sha256:${'b'.repeat(64)}`
    }
    await using opened = await open({ buildImage })
    const upload = async function* (): AsyncGenerator<Uint8Array, void> {
      for await (const chunk of tarOf({ Dockerfile: 10, large: size })) {
        sent += chunk.length
        yield chunk
      }
    }
    expect((await build(opened.client, { upload })).at(-1)).toMatchObject({ kind: 'built' })
    expect(taken).toBe(sent)
    expect(taken).toBeGreaterThan(size)
    expect(most).toBeLessThan(32 * 1024 * 1024)
  })

  it('is one place of its node: the second waits, and says so', async () => {
    const first = Promise.withResolvers<string>()
    const requests: BuildRequest[] = []
    const buildImage: Engine['buildImage'] = async (request) => {
      requests.push(request)
      return requests.length === 1 ? first.promise : `${request.reference}@sha256:${'c'.repeat(64)}`
    }
    await using opened = await open({ buildImage })
    const one = linesOf(opened.client)[Symbol.asyncIterator]()
    const ended = one.next()
    await expect.poll(() => requests.length).toBe(1)
    const two = linesOf(opened.client)[Symbol.asyncIterator]()
    expect((await two.next()).value).toEqual({ kind: 'line', line: 'waiting for 1 other builds on this node' })
    expect(requests).toHaveLength(1)
    first.resolve(`${reference}@sha256:${'d'.repeat(64)}`)
    expect((await ended).value).toMatchObject({ kind: 'built' })
    expect((await two.next()).value).toMatchObject({ kind: 'built' })
  })

  it('is no word of its arguments in logs and audit, even when it fails over them', async () => {
    const buildImage: Engine['buildImage'] = async ({ build: { args } }) => {
      throw new EngineError('refused', `build: RUN fetch ${args['KEY']} failed`)
    }
    await using opened = await open({ buildImage })
    const lines = await build(opened.client, { settings: { args: { KEY: 'hunter2 größe' } } })
    expect(lines).toMatchObject([{ kind: 'failed', failure: { detail: 'build: RUN fetch hunter2 größe failed' } }])
    const owner = opened.control.client(await addPerson(opened.control, { name: 'root', grants: [{ role: 'owner' }] }))
    const { items } = await owner.call('listAudit', {}, never)
    expect(items).toMatchObject([{ action: 'buildImage', by: 'anna', after: { service: 'web', reference } }])
    expect(opened.agent.log).toMatchObject([{ verb: 'buildImage', outcome: 'refused' }])
    expect(JSON.stringify([items, opened.agent.log, opened.control.log])).not.toContain('hunter2')
  })
})
