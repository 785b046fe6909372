import { mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startLoad } from './constant-load.ts'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { until } from './world.ts'

const receiptSchema = z.object({ visitors: z.object({ all: z.object({ failed: z.number(), requests: z.number() }) }) })

const [docs, blog] = ['docs.example.org', 'blog.example.org']

/** `STATUS BODY`, or why nobody answered. */
const ask = async (address: string, host: string, path = '/'): Promise<string> => {
  try {
    const asked = request({ host: address, path, headers: { host }, agent: false, timeout: 5_000 }).end()
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    return `${response.statusCode ?? 0} ${(await text(response)).trim()}`
  } catch (error) {
    return String(error)
  }
}

describe('static files', () => {
  let platform: Platform
  const askAll = (host: string, path = '/'): Promise<readonly string[]> =>
    Promise.all(platform.lab.nodes.map(({ address }) => ask(address, host, path)))
  const areAll = (wanted: string) => (replies: readonly string[]) => replies.every((reply) => reply === wanted)
  const site = (folder: string, files: Readonly<Record<string, string>>): void => {
    mkdirSync(join(platform.folder, folder), { recursive: true })
    for (const [name, content] of Object.entries(files)) writeFileSync(join(platform.folder, folder, name), content)
  }
  const service = (folder: string, route: object) => ({
    build: { context: `./${folder}`, dockerfile_inline: 'FROM scratch\nCOPY . /site\n' },
    deploy: { replicas: 0 },
    'x-atoll': { routes: [route] },
  })
  const write = (more: object = {}): void =>
    platform.write('sites', {
      docs: service('docs', { host: docs, static: { path: '/site', fallback: '/index.html', ...more } }),
      blog: service('blog', { host: blog, static: { path: '/site', not_found: '/404.html' } }),
    })

  beforeAll(async () => {
    platform = await openPlatform('static', { nodes: 3 })
    expect((await platform.signIn()).status).toBe(0)
    site('docs', { 'index.html': 'docs one' })
    site('blog', { 'index.html': 'blog one', '404.html': 'no such post' })
    write()
    await platform.good('deploy')
  })
  afterAll(() => platform?.close())

  test('of two sites are served by every node, and no container of theirs runs', async () => {
    await until('every node to answer', () => askAll(docs), areAll('200 docs one'), 30_000)
    expect(await askAll(docs, '/some/page')).toEqual(platform.lab.nodes.map(() => '200 docs one'))
    expect(await askAll(blog)).toEqual(platform.lab.nodes.map(() => '200 blog one'))
    expect(await askAll(blog, '/gone')).toEqual(platform.lab.nodes.map(() => '404 no such post'))
    for (const { name } of platform.lab.nodes) {
      expect(await platform.lab.run(name, ['docker', 'ps', '--all', '--quiet', '--filter', 'name=sites_'])).toBe('')
      const left = ['docker', 'ps', '--all', '--quiet', '--filter', 'label=atoll.image-folder']
      expect(await platform.lab.run(name, left)).toBe('')
    }
    expect(await platform.good('route', 'ls')).toMatch(/docs\.example\.org\/ +sites\/production +docs +ingress/)
  })

  test('of another release fail no request as they come', async () => {
    const urls = platform.lab.nodes.map(({ address }) => `http://${address}`)
    const load = startLoad(urls, 100, { headers: { host: docs }, answerMs: 10_000 })
    await wait(2_000)
    site('docs', { 'index.html': 'docs two' })
    await platform.good('deploy')
    await until('every node to serve it', () => askAll(docs), areAll('200 docs two'), 30_000)
    const report = await load.report()
    await load.end()
    process.stdout.write(`update: ${JSON.stringify(report)}\n`)
    expect(report.failures).toEqual([])
    const { visitors } = receiptSchema.parse(JSON.parse(await platform.good('receipt', '--app', 'sites', '--json')))
    expect(visitors.all.failed).toBe(0)
    expect(visitors.all.requests).toBeGreaterThan(10)
  })

  test('of the release before come back with it', async () => {
    await platform.good('rollback', '--app', 'sites')
    await until('every node to serve them', () => askAll(docs), areAll('200 docs one'), 30_000)
    expect(await askAll(blog)).toEqual(platform.lab.nodes.map(() => '200 blog one'))
  })

  test('that no node can have are deployed nowhere', async () => {
    write({ path: '/nowhere' })
    const { status, stdout, stderr } = await platform.atoll('deploy')
    expect(status).not.toBe(0)
    expect(stdout + stderr).toContain('the image has no such folder')
    expect(stdout + stderr).toContain('nothing was changed')
    expect(await askAll(docs)).toEqual(platform.lab.nodes.map(() => '200 docs one'))
    write()
  })

  test('come to a node that was away', async () => {
    const node = platform.lab.nodes.at(-1)?.name ?? ''
    await platform.lab.kill(node)
    site('docs', { 'index.html': 'docs three' })
    await platform.good('deploy')
    await platform.lab.start(node)
    await until('every node to serve them', () => askAll(docs), areAll('200 docs three'), 120_000)
    expect(await askAll(blog)).toEqual(platform.lab.nodes.map(() => '200 blog one'))
  })
})
