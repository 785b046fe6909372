import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from '../services.ts'
import { end, until } from '../world.ts'
import type { Platform } from './open-platform.ts'

const mebibyte = 1024 * 1024
const program = `
const { createServer } = require("http")
createServer((request, response) => response.end(Buffer.alloc(Number(request.url.slice(1)), 7))).listen(8080, "127.0.0.1")
let count = 0
setInterval(() => console.log("line " + ++count), 20)
process.on("SIGTERM", () => process.exit(0))`

const loadSchema = z.object({
  tasks: z.array(
    z.object({
      service: z.string(),
      node: z.string(),
      perSecond: z.object({ cpuPercent: z.number() }),
      sample: z.object({ memoryBytes: z.number(), processes: z.number() }),
    }),
  ),
})
const lineSchema = z.object({ text: z.string() })
const portSchema = z.object({ local: z.string(), port: z.number() })

const contextsSchema = z.object({ contexts: z.array(z.object({ urls: z.array(z.string()) })) })

/** The node whose control commands ask first. */
const findFirstNode = ({ home, doors }: Platform): string => {
  const { contexts } = contextsSchema.parse(JSON.parse(readFileSync(join(home, 'atoll/contexts.json'), 'utf8')))
  const first = contexts[0]?.urls[0]
  const door = doors.find(({ url }) => url === first)
  if (door === undefined) throw new Error(`no node answers at ${first}`)
  return door.node
}

/** What reaches into a task of a worker, of a person who has no engine. */
export const reachTests = (open: () => Platform): void => {
  describe('tasks of any node', () => {
    copyTests(open)
    connectTests(open)
    directTests(open)

    test('leave nothing behind', async () => {
      await open().good('rm', '--yes', 'harbor')
      expect(spawnSync('ls', ['-A', open().folder], { encoding: 'utf8' }).stdout).not.toContain('.atoll-cp-')
    })
  })
}

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

const copyTests = (open: () => Platform): void => {
  const good = (...args: readonly string[]): Promise<string> => open().good(...args)
  test('are on a worker here', async () => {
    const platform = open()
    const placement = { constraints: ['node.hostname == node-4'] }
    platform.write('harbor', {
      web: sleeper(platform.lab, '1', { command: ['node', '-e', program], deploy: { placement } }),
    })
    expect(await good('deploy')).toContain('harbor/production')
  })

  test('tell what they use', async () => {
    const { tasks } = loadSchema.parse(JSON.parse(await good('top', 'harbor', 'web', '--json')))
    expect(tasks).toMatchObject([{ service: 'web', node: 'node-4' }])
    expect(tasks[0]?.sample.memoryBytes).toBeGreaterThan(mebibyte)
    expect(tasks[0]?.sample.processes).toBeGreaterThan(0)
    expect(await good('top', 'harbor')).toMatch(/web\.1 +node-4 +[\d.]+ %/)
  })

  test('take files and give them back, with rights and links', async () => {
    const { folder } = open()
    mkdirSync(join(folder, 'cargo/hold'), { recursive: true })
    writeFileSync(join(folder, 'cargo/hold/large'), randomBytes(16 * mebibyte))
    writeFileSync(join(folder, 'cargo/run.sh'), 'exit 0\n')
    chmodSync(join(folder, 'cargo/run.sh'), 0o750)
    symlinkSync('hold/large', join(folder, 'cargo/link'))
    await good('cp', '--app', 'harbor', 'cargo', 'web:/tmp/')
    await good('cp', '--app', 'harbor', 'web.1:/tmp/cargo', 'back')
    expect(digest(join(folder, 'back/hold/large'))).toBe(digest(join(folder, 'cargo/hold/large')))
    expect(lstatSync(join(folder, 'back/run.sh')).mode & 0o777).toBe(0o750)
    expect(readlinkSync(join(folder, 'back/link'))).toBe('hold/large')
    expect((await good('exec', '--app', 'harbor', 'web', '--', 'sh', '-c', '/tmp/cargo/run.sh; echo $?')).trim()).toBe(
      '0',
    )
    const missing = await open().atoll('cp', '--app', 'harbor', 'web:/nowhere', 'nowhere')
    expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('/nowhere') })
    expect(await good('audit')).toContain('writeFiles')
  })
}

const directTests = (open: () => Platform): void => {
  test('are reached past the platform, too, and a command that is killed leaves nothing', async () => {
    const { lab, folder, managers } = open()
    const worker = lab.nodes.find(({ name }) => name === 'node-4')
    const engines = [...managers, '--engine', `unix://${worker?.socket}`, '--app', 'harbor']
    await open().good('cp', ...engines, 'compose.yaml', 'web:/tmp/direct')
    await open().good('cp', ...engines, 'web:/tmp/direct', 'direct')
    expect(digest(join(folder, 'direct'))).toBe(digest(join(folder, 'compose.yaml')))
    const forwarding = open().start(['port-forward', ...engines, '--json', 'web', ':8080'])
    const ended = end(forwarding)
    const [first] = (await once(createInterface(forwarding.stdout), 'line')) as [string]
    const { local } = portSchema.parse(JSON.parse(first))
    expect((await (await fetch(`http://${local}/1000`)).arrayBuffer()).byteLength).toBe(1_000)
    forwarding.kill('SIGKILL')
    await ended
    await awaitNoRelay(open())
  })
}

const awaitNoRelay = ({ lab }: Platform): Promise<unknown> => {
  const relays = () => lab.run('node-4', ['docker', 'ps', '--all', '--quiet', '--filter', 'label=atoll.relay'])
  return until('the relay to be gone', relays, (left) => left.trim() === '')
}

const connectTests = (open: () => Platform): void => {
  const good = (...args: readonly string[]): Promise<string> => open().good(...args)
  test('are reached at ports that are published nowhere, until they end', async () => {
    const { lab } = open()
    const forwarding = open().start(['port-forward', '--app', 'harbor', '--json', 'web', ':8080'])
    const ended = end(forwarding)
    const [first] = (await once(createInterface(forwarding.stdout), 'line')) as [string]
    const { local } = portSchema.parse(JSON.parse(first))
    const sizes = Array.from({ length: 12 }, (_, index) => (index + 1) * 300_000)
    const bodies = await Promise.all(
      sizes.map(async (size) => (await (await fetch(`http://${local}/${size}`)).arrayBuffer()).byteLength),
    )
    expect(bodies).toEqual(sizes)
    const relays = () => lab.run('node-4', ['docker', 'ps', '--all', '--quiet', '--filter', 'label=atoll.relay'])
    expect((await relays()).trim()).not.toBe('')
    const filter = 'label=com.docker.swarm.service.name=harbor_production_web'
    const container = (await lab.run('node-4', ['docker', 'ps', '--quiet', '--filter', filter])).trim()
    await lab.run('node-4', ['docker', 'kill', container])
    expect(await ended).toMatchObject({ status: 1, stderr: expect.stringContaining('the task has ended') })
    await awaitNoRelay(open())
  })

  test('go on telling what they log when the control that told of it dies: nothing twice, nothing missing', async () => {
    const { lab } = open()
    await until(
      'a task to run',
      () => good('top', 'harbor').catch(() => ''),
      (text) => text.includes('web.1'),
    )
    const following = open().start(['logs', '--app', 'harbor', '--json', '-f', '--since', '1s'])
    const numbers: number[] = []
    const enough = Promise.withResolvers<void>()
    let wanted = Infinity
    createInterface(following.stdout).on('line', (text) => {
      // Last comes that it was interrupted, which is no line of the log.
      const said = lineSchema.safeParse(JSON.parse(text)).data?.text
      if (said !== undefined) numbers.push(Number(/^line (\d+)$/.exec(said)?.[1]))
      if (numbers.length >= wanted) enough.resolve()
    })
    await until(
      'lines',
      async () => numbers.length,
      (count) => count > 20,
    )
    const node = findFirstNode(open())
    await lab.run(node, ['docker', 'kill', await open().findContainer(node, 'control')])
    wanted = numbers.length + 300
    await enough.promise
    const ended = end(following)
    following.kill('SIGINT')
    await ended
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index))
  })
}
