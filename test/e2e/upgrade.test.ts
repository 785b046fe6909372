import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { alterImage } from './platform/alter-image.ts'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { server } from './services.ts'
import { end, until } from './world.ts'

/** Never healthy: it runs and answers nobody. */
const deaf = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)"
const nodes = ['node-1', 'node-2', 'node-3', 'node-4']
const port = 18_080

let platform: Platform
const folder = mkdtempSync(join(tmpdir(), 'atoll-upgrade-'))
const bin = join(import.meta.dirname, '../../bin/atoll')

const builds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  previous: { 'atoll/name': 'previous' },
  deaf: { 'atoll/control.mjs': deaf },
  next: { 'atoll/name': 'next' },
}

/** The path of an image that is this tree's but for some files. */
const saveImage = async (name: string): Promise<string> => {
  const [own, path] = [join(folder, 'this.tar.gz'), join(folder, `${name}.tar.gz`)]
  if (!existsSync(own)) {
    const saved = await end(spawn(bin, ['image', 'save', own], { stdio: ['ignore', 'pipe', 'pipe'] }))
    expect(saved.status, saved.stderr).toBe(0)
  }
  if (!existsSync(path)) await alterImage(own, path, builds[name] ?? {})
  return path
}

/**
 * The build before is that of the tree ATOLL_TEST_PREVIOUS names (a checkout of an older commit, with its libraries), else this
 * tree under another name: whoever has no history at hand still has two builds.
 */
beforeAll(async () => {
  const previous = process.env['ATOLL_TEST_PREVIOUS']
  platform = await openPlatform(
    'upgrade',
    previous === undefined
      ? { flags: ['--image', await saveImage('previous')] }
      : { program: join(previous, 'bin/atoll') },
  )
  expect(await platform.signIn()).toMatchObject({ status: 0 })
  platform.write('shop', { web: web('one') })
  await platform.good('deploy')
})
afterAll(async () => {
  await platform?.close()
  rmSync(folder, { recursive: true })
})

const web = (version: string) =>
  server(platform.lab, version, {
    ports: [{ target: 8080, published: port, mode: 'host' }],
    deploy: { mode: 'global' },
  })

const upgrade = (...flags: readonly string[]) => platform.atoll('upgrade', ...flags, ...platform.managers)

/** What each node runs of services whose names begin so: service, container, and id of its image. */
const containers = async (prefix: string) => {
  const filter = ['--filter', 'label=com.docker.swarm.service.name']
  const format = '{{index .Config.Labels "com.docker.swarm.service.name"}} {{.Id}} {{.Image}}'
  const said = await Promise.all(
    nodes.map(async (node) => {
      const ids = (await platform.lab.run(node, ['docker', 'ps', '--quiet', ...filter])).trim().split('\n')
      return platform.lab.run(node, ['docker', 'inspect', '--format', format, ...ids])
    }),
  )
  return said.flatMap((text, at) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(prefix))
      .toSorted()
      .map((line) => `${nodes[at]} ${line}`),
  )
}
const imagesOf = (lines: readonly string[]) => [...new Set(lines.map((line) => line.split(' ').at(-1)))]

/** What people see of the documents. */
const readDocuments = async () =>
  Promise.all(
    [
      ['releases', 'shop', '--json'],
      ['receipt', '--app', 'shop', '--json'],
      ['people', 'ls', '--json'],
      ['team', 'ls', '--json'],
      ['keys', 'status', '--json'],
    ].map(async (words) => [words.join(' '), JSON.parse(await platform.good(...words)) as unknown]),
  )

const receiptSchema = z.object({
  tasks: z.array(
    z.object({
      service: z.string(),
      node: z.string().optional(),
      states: z.array(z.object({ state: z.string(), atMs: z.number() })),
    }),
  ),
})

/** In which order the tasks of the platform came to run, as the receipt tells. */
const readOrder = async (): Promise<string> => {
  const { tasks } = receiptSchema.parse(
    JSON.parse(await platform.good('receipt', '--app', 'atoll/system', '--json', ...platform.managers)),
  )
  const began = tasks.flatMap(({ service, node = '', states }) => {
    const last = states.at(-1)
    return last?.state === 'running' ? [{ text: `${service} ${node}`, atMs: last.atMs }] : []
  })
  return began
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ text }) => text)
    .join(', ')
}

interface Load {
  readonly stop: () => Promise<{
    readonly answered: number
    readonly failed: readonly string[]
    readonly listed: number
  }>
}

/** Requests to the app on every node, and `atoll ls` over and over, until told to stop. */
const openLoad = (): Load => {
  const stop = new AbortController()
  const failed: string[] = []
  let answered = 0
  let listed = 0
  const ask = async (address: string): Promise<void> => {
    for (; !stop.signal.aborted; await wait(20)) {
      try {
        const reply = await fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(3_000) })
        if (!reply.ok) throw new Error(String(reply.status))
        await reply.text()
        answered += 1
      } catch (error) {
        failed.push(`${address}: ${String(error)}`)
      }
    }
  }
  const list = async (): Promise<void> => {
    for (; !stop.signal.aborted; await wait(500)) {
      const { status, stdout, stderr } = await platform.atoll('ls')
      if (status === 0 && stdout.includes('shop')) listed += 1
      else failed.push(`ls: ${stderr}${stdout}`)
    }
  }
  const work = Promise.all([...platform.doors.map(({ url }) => ask(new URL(url).hostname)), list()])
  return {
    stop: async () => {
      stop.abort()
      await work
      return { answered, failed, listed }
    },
  }
}

describe('the platform', () => {
  test(
    'goes back to the build before when a control of the new one never gets healthy',
    { timeout: 600_000 },
    async () => {
      const [before, apps, documents] = [
        await containers('atoll_system_'),
        await containers('shop_'),
        await readDocuments(),
      ]
      const { status, stdout, stderr } = await upgrade('--image', await saveImage('deaf'))
      expect(status, `${stdout}${stderr}`).toBe(4)
      expect(stdout).toContain('as before')
      const after = await containers('atoll_system_')
      expect(imagesOf(after)).toEqual(imagesOf(before))
      expect(after.length).toBe(before.length)
      expect(await containers('shop_')).toEqual(apps)
      expect(await readDocuments()).toEqual(documents)
    },
  )

  test('says of another build that there is a command for it', async () => {
    const { status, stderr } = await platform.atoll('init', '--registry', platform.lab.registry, ...platform.managers)
    expect([status, stderr]).toEqual([1, expect.stringContaining('atoll upgrade')])
    const looked = await upgrade('--dry-run')
    expect(looked, looked.stderr).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('agent 4, control 3, gate 1'),
    })
  })

  test('becomes another build under load, and no app notices', { timeout: 600_000 }, async () => {
    const [before, apps, documents] = [
      await containers('atoll_system_'),
      await containers('shop_'),
      await readDocuments(),
    ]
    const load = openLoad()
    const begunMs = performance.now()
    const { status, stdout, stderr } = await upgrade()
    const tookMs = performance.now() - begunMs
    const { answered, failed, listed } = await load.stop()
    expect(status, `${stdout}${stderr}`).toBe(0)
    const told = `${answered} requests, ${listed} lists, ${failed.length} failed; order: ${await readOrder()}`
    process.stderr.write(`upgraded in ${Math.round(tookMs)} ms; ${told}\n`)
    expect(failed).toEqual([])
    const after = await containers('atoll_system_')
    expect(after.length).toBe(8)
    expect(imagesOf(after).length).toBe(1)
    expect(imagesOf(after)).not.toEqual(imagesOf(before))
    expect(await containers('shop_')).toEqual(apps)
    expect(await readDocuments()).toEqual(documents)
    platform.write('shop', { web: web('two') })
    await platform.good('deploy')
    expect(await platform.good('audit', 'verify')).toContain('as they were written')
    const again = await upgrade()
    expect(again, again.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining('already') })
  })

  test('becomes it although the command is killed, twice, and run again', { timeout: 600_000 }, async () => {
    const apps = await containers('shop_')
    for (const service of ['agent', 'control']) await killWhenMaking(service)
    const { status, stdout, stderr } = await upgrade('--image', await saveImage('next'))
    expect(status, `${stdout}${stderr}`).toBe(0)
    const after = await containers('atoll_system_')
    expect([after.length, imagesOf(after).length]).toEqual([8, 1])
    expect(await containers('shop_')).toEqual(apps)
    const looked = await upgrade('--dry-run', '--image', await saveImage('next'))
    expect(looked, looked.stdout).toMatchObject({ status: 0 })
  })
})

const eventSchema = z.looseObject({ kind: z.string(), service: z.string().optional(), state: z.string().optional() })

/** Runs an upgrade until a task of the service is being made, and kills the command then. */
const killWhenMaking = async (service: string): Promise<void> => {
  const child = platform.start(['upgrade', '--json', '--image', await saveImage('next'), ...platform.managers])
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const isMaking = (): boolean =>
    said
      .split('\n')
      .slice(0, -1)
      .map((line) => eventSchema.parse(JSON.parse(line)))
      .some((event) => event.kind === 'task' && event.service === service && event.state === 'starting')
  await until(
    `a task of ${service} is made`,
    async () => [isMaking(), child.exitCode],
    ([making, code]) => {
      if (code !== null) throw new Error(`it ended with ${String(code)}: ${said}`)
      return making === true
    },
  )
  child.kill('SIGKILL')
}
