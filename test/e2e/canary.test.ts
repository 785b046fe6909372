import { readFileSync } from 'node:fs'
import { request } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startLoad } from './constant-load.ts'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { patientServer } from './services.ts'
import { end, until, type Ended } from './world.ts'

const host = 'shop.example.org'

/** Answers its version, and one of so many requests badly, until it is told to end and a moment longer. */
const answering = `
let isEnding = false
let asked = 0
require("http").createServer((request, reply) => {
  if (isEnding) reply.setHeader("connection", "close")
  const isBad = process.env.BAD && request.headers.host && request.headers.host.includes("shop") && ++asked % process.env.BAD === 0
  if (isBad) reply.statusCode = 500
  reply.end(process.env.VERSION)
}).listen(8080)
process.on("SIGTERM", () => { isEnding = true; setTimeout(() => process.exit(0), 3000) })
`

const statusSchema = z.object({
  release: z.object({ number: z.number() }),
  canary: z.object({ isMeasuring: z.boolean() }).optional(),
})

const answersSchema = z.object({ answered: z.number(), errors: z.number(), failed: z.number(), totalMs: z.number() })
const endSchema = z.object({
  kind: z.literal('canary-end'),
  receipt: z.object({
    release: z.number(),
    canary: z.object({
      kind: z.string(),
      rule: z.string(),
      because: z.string(),
      figures: z.object({ old: answersSchema, new: answersSchema, uncounted: z.array(z.string()) }),
    }),
  }),
})

describe('a canary', () => {
  let platform: Platform
  /** What a test has begun, and leaves when it fails. */
  let stack: AsyncDisposableStack
  beforeEach(() => void (stack = new AsyncDisposableStack()))
  afterEach(() => stack.disposeAsync())
  const urls = () => platform.lab.nodes.map(({ address }) => `http://${address}`)
  const shop = (version: string, bad = '') => {
    const deploy = { replicas: 3, update_config: { monitor: '1s', order: 'start-first' } }
    const routes = { 'x-atoll': { routes: [{ host, port: 8080 }] } }
    const environment = { VERSION: version, BAD: bad }
    platform.write('shop', {
      web: patientServer(platform.lab, version, { command: ['node', '-e', answering], environment, deploy, ...routes }),
    })
  }
  const status = async () => statusSchema.parse(JSON.parse(await platform.good('status', 'shop', '--json')))
  const askAll = (): Promise<readonly string[]> =>
    Promise.all(
      urls().map(async (url) => {
        const { body } = await request(url, { headers: { host }, headersTimeout: 3_000 })
        return body.text()
      }),
    )
  const areAll = (version: string) => (replies: readonly string[]) => replies.every((reply) => reply === version)
  const endOf = ({ stdout }: Ended) => {
    const { receipt } = endSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
    process.stdout.write(`canary: ${JSON.stringify(receipt.canary)}\n`)
    return receipt
  }
  const runsCanary = async (): Promise<boolean> => {
    const found = await Promise.all(
      platform.lab.nodes.map(({ name }) =>
        platform.lab.run(name, ['docker', 'ps', '--quiet', '--filter', 'name=shop_production_web-canary']),
      ),
    )
    return found.some((text) => text.trim() !== '')
  }
  const start = (share: string, time: string, ...flags: readonly string[]) => {
    const work = platform.start(['deploy', '--canary', share, '--canary-for', time, ...flags])
    stack.defer(() => void work.kill('SIGKILL'))
    return { work, ended: end(work) }
  }
  const load = () => {
    const begun = startLoad(urls(), 150, { headers: { host }, answerMs: 10_000 })
    stack.defer(begun.end)
    return begun
  }

  beforeAll(async () => {
    platform = await openPlatform('canary', { nodes: 3 })
    expect((await platform.signIn()).status).toBe(0)
    shop('one')
    await platform.good('deploy')
    await until('every node to answer', askAll, areAll('one'), 60_000)
  })
  afterAll(() => platform?.close())

  test('that is as good goes on by itself, though the control that measured it is killed, and fails no request', async () => {
    const asking = load()
    shop('two')
    const work = start('20%', '25s', '--json').ended
    await until('it to be measured', status, ({ canary }) => canary?.isMeasuring === true, 90_000)
    const seen = new Set<string>()
    await until(
      'both versions to answer',
      async () => (await askAll()).forEach((reply) => seen.add(reply)),
      () => seen.size === 2,
    )
    for (const { name } of platform.lab.nodes) {
      const container = await platform.findContainer(name, 'control')
      if (container !== '') await platform.lab.run(name, ['docker', 'kill', container])
    }
    const ended = await work
    expect(ended.status, ended.stderr + ended.stdout.slice(-2_000)).toBe(0)
    const { release, canary } = endOf(ended)
    expect({ release, kind: canary.kind, rule: canary.rule }).toEqual({ release: 3, kind: 'promote', rule: 'as-good' })
    const { old, new: measured, uncounted } = canary.figures
    expect({ errors: measured.errors, uncounted }).toEqual({ errors: 0, uncounted: [] })
    const part = measured.answered / (measured.answered + old.answered)
    expect(part).toBeGreaterThan(0.15)
    expect(part).toBeLessThan(0.25)
    await until('every node to answer with the new one', askAll, areAll('two'), 30_000)
    const report = await asking.report()
    process.stdout.write(`load: ${JSON.stringify(report)}\n`)
    expect(report.failures).toEqual([])
    await until('its tasks to be gone', runsCanary, (runs) => !runs, 30_000)
  })

  test('that answers some requests badly goes back by itself, before its time is over', async () => {
    const asking = load()
    shop('three', '4')
    const ended = await start('20%', '10m', '--json').ended
    expect(ended.status, ended.stderr + ended.stdout.slice(-2_000)).toBe(4)
    const { release, canary } = endOf(ended)
    expect({ release, kind: canary.kind, rule: canary.rule }).toEqual({ release: 3, kind: 'abort', rule: 'errors' })
    expect(canary.figures.new.errors).toBeGreaterThanOrEqual(5)
    expect(canary.figures.old.errors).toBe(0)
    await until('the old one alone to answer', askAll, areAll('two'), 30_000)
    await asking.report()
    for (let rounds = 0; rounds < 10; rounds += 1) expect(areAll('two')(await askAll())).toBe(true)
    const after = await asking.report()
    expect(after.failures).toEqual([])
    await until('its tasks to be gone', runsCanary, (runs) => !runs, 30_000)
    expect((await status()).canary).toBeUndefined()
  })

  test('is ended by a person, and told of meanwhile', async () => {
    shop('four')
    const { work, ended: ending } = start('10%', '1h')
    await until('it to be measured', status, ({ canary }) => canary?.isMeasuring === true, 90_000)
    expect(await platform.good('status', 'shop')).toMatch(/canary: release \d+, 10 %, \d+ min.* left/)
    expect((await platform.atoll('restart', '--app', 'shop', 'web')).stderr).toContain('atoll canary')
    work.kill('SIGINT')
    const left = await ending
    expect({ status: left.status, stderr: left.stderr }).toEqual({
      status: 130,
      stderr: expect.stringContaining('goes on in the cluster') as string,
    })
    await platform.good('canary', 'abort', 'shop')
    await until('the old one alone to answer', askAll, areAll('two'), 30_000)
    await until('its tasks to be gone', runsCanary, (runs) => !runs, 30_000)
    expect(await platform.good('receipt', '--app', 'shop')).toContain('canary of 10 % goes back: ')
  })

  test('of what cannot be one is refused by its name, and nothing is touched', async () => {
    const compose = z.object({ services: z.record(z.string(), z.record(z.string(), z.unknown())) })
    const path = `${platform.folder}/compose.yaml`
    const { services } = compose.parse(JSON.parse(readFileSync(path, 'utf8')))
    platform.write('shop', { web: { ...services['web'], volumes: ['/data'], ports: ['8080'] } })
    const before = await status()
    const refused = await platform.atoll('deploy', '--canary', '10%')
    expect(refused.stderr).toContain('web: publishes ports')
    expect((await status()).release).toEqual(before.release)
  })
})
