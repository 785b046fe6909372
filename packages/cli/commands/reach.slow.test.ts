import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, readlinkSync, symlinkSync, mkdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'

const compose = 'name: shop\nservices:\n  web:\n    image: web:1\n    deploy: {replicas: 2}\n  db: {image: db:1}\n'
const served = { isServed: true }
let cli: TestCli

beforeEach(async () => {
  cli = openTestCli({ 'compose.yaml': compose, 'a.txt': 'hello' })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
})
afterEach(() => cli[Symbol.dispose]())

const path = (name: string): string => join(cli.folder, name)

describe('cp', () => {
  test('brings a file to a task and back, under the name that was asked for', async () => {
    expect(await cli.run(['cp', 'a.txt', 'web:/tmp/b.txt'], served)).toMatchObject({ status: 0 })
    const copied = await cli.run(['cp', 'web:/tmp/b.txt', 'c.txt', '--json'], served)
    expect(JSON.parse(copied.stdout)).toMatchObject({
      name: path('c.txt'),
      task: expect.stringMatching(/^web\.\d$/),
      entries: 1,
      files: 1,
      bytes: 5,
    })
    expect(readFileSync(path('c.txt'), 'utf8')).toBe('hello')
    await cli.run(['cp', 'a.txt', 'web:/tmp/'], served)
    mkdirSync(path('box'))
    await cli.run(['cp', 'web:/tmp/a.txt', 'box'], served)
    expect(readFileSync(path('box/a.txt'), 'utf8')).toBe('hello')
  })

  test('brings folders with what is in them, or only that', async () => {
    mkdirSync(path('ship/hold'), { recursive: true })
    cli.write('ship/hold/crate', 'full')
    symlinkSync('hold/crate', path('ship/link'))
    const { stdout: sent } = await cli.run(['cp', 'ship', 'db:/tmp'], served)
    expect(sent).toBe('copied 1 file (4 B) to /tmp/ship\n')
    const { stdout: out } = await cli.run(['cp', 'db:/tmp/ship', 'fleet'], served)
    expect(out).toMatch(/^copied 1 file \(4 B\) to /)
    expect(readFileSync(path('fleet/hold/crate'), 'utf8')).toBe('full')
    expect(readlinkSync(path('fleet/link'))).toBe('hold/crate')
    mkdirSync(path('dock'))
    cli.write('dock/kept', 'kept')
    await cli.run(['cp', 'db:/tmp/ship/.', 'dock'], served)
    expect(readdirSync(path('dock')).sort()).toEqual(['hold', 'kept', 'link'])
    await cli.run(['cp', 'ship/.', 'db:/etc'], served)
    await cli.run(['cp', 'db:/etc/hold/crate', 'found'], served)
    expect(readFileSync(path('found'), 'utf8')).toBe('full')
    expect(readdirSync(cli.folder).filter((name) => name.startsWith('.atoll'))).toEqual([])
  })

  test('gives a tar to standard output, and takes one from standard input', async () => {
    await cli.run(['cp', 'a.txt', 'web:/tmp/'], served)
    const { stdout } = await cli.run(['cp', 'web:/tmp/a.txt', '-'], served)
    expect(stdout).toContain('ustar')
    const piped = await cli.run(['cp', '-', 'db:/tmp'], { ...served, input: stdout })
    expect(piped).toMatchObject({ status: 0, stdout: expect.stringMatching(/^copied a tar of \S+ kB to/) })
    await cli.run(['cp', 'db:/tmp/a.txt', 'd.txt'], served)
    expect(readFileSync(path('d.txt'), 'utf8')).toBe('hello')
  })

  test('says what is wrong, and leaves everything as it was', async () => {
    const fail = async (from: string, to: string) => {
      const { status, stderr } = await cli.run(['cp', from, to], served)
      return { status, stderr: stderr.split('\n')[0] }
    }
    expect(await fail('a.txt', 'b.txt')).toMatchObject({ status: 2, stderr: expect.stringContaining('neither end') })
    expect(await fail('web:/a', 'db:/b')).toMatchObject({ status: 2, stderr: expect.stringContaining('both ends') })
    expect(await fail('web:', 'b')).toMatchObject({ status: 2, stderr: expect.stringContaining('names no path') })
    expect(await fail('web:/nowhere', 'b.txt')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('/nowhere'),
    })
    expect(await fail('web:/tmp/x', 'no/such/')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no such folder'),
    })
    expect(await fail('none', 'web:/tmp')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('cannot be read'),
    })
    expect(await fail('a.txt', 'web:/no/')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no such folder'),
    })
    expect(await fail('a.txt', 'nope:/tmp')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('there is no such service'),
    })
    await cli.run(['cp', 'a.txt', 'web:/tmp/'], served)
    mkdirSync(path('a-folder/a.txt'), { recursive: true })
    expect(await fail('web:/tmp/a.txt', 'a-folder')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('a folder already'),
    })
    expect(readdirSync(cli.folder).sort()).toEqual(
      ['.config', 'a-folder', 'a.txt', 'compose.yaml'].filter((name) => existsSync(path(name))),
    )
  })
})

describe('top', () => {
  test('shows each task with its node, once where there is no terminal', async () => {
    const { status, stdout } = await cli.run(['top', 'shop'], served)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^web\.1 +node-\d +.*34 MB +4\.3 GB/m)
    expect(stdout).toMatch(/^db\.1 /m)
  })

  test('waits once for a node that is slow, not for each of the two looks', async () => {
    const stats = cli.engine.stats.bind(cli.engine)
    const hasLookedAgain = Promise.withResolvers<void>()
    let looks = 0
    cli.engine.stats = async (ref, signal) => {
      looks += 1
      if (looks === 2) hasLookedAgain.resolve()
      await hasLookedAgain.promise
      return stats(ref, signal)
    }
    expect(await cli.run(['top', 'shop'], served)).toMatchObject({ status: 0 })
  })

  test('shows the services that were asked for, as data', async () => {
    const { stdout } = await cli.run(['top', 'shop', 'web', '--json'], served)
    const { tasks } = JSON.parse(stdout) as { readonly tasks: readonly { readonly service: string }[] }
    expect(tasks.map(({ service }) => service)).toEqual(['web', 'web'])
  })

  test('says what does not run', async () => {
    expect(await cli.run(['top', 'shop', 'nope'], served)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nope'),
    })
    expect(await cli.run(['top', 'none'], served)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('atoll status'),
    })
  })
})

describe('port-forward', () => {
  test('carries a connection to the task and back, until it is interrupted', async () => {
    const heard: Promise<string>[] = []
    const talk = async (line: string): Promise<string> => {
      const { local } = JSON.parse(line) as { readonly local: string }
      const socket = connect({ port: Number(local.split(':')[1]), allowHalfOpen: true })
      socket.end('ahoy')
      return text(socket)
    }
    const run = cli.run(['port-forward', 'web.1', ':80', '--json'], {
      ...served,
      onLine: (line, interrupt) => {
        const said = talk(line)
        heard.push(said)
        void said.finally(interrupt)
      },
    })
    expect(await run).toMatchObject({ status: 0 })
    expect(await Promise.all(heard)).toEqual(['ahoy'])
  })

  test('says what is wrong with ports', async () => {
    expect((await cli.run(['port-forward', 'web', 'x'], served)).status).toBe(2)
    expect((await cli.run(['port-forward', 'web', '70000'], served)).status).toBe(2)
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const taken = (other.address() as AddressInfo).port
    const refused = await cli.run(['port-forward', 'web', `${taken}:80`], served)
    other.close()
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('it is taken') })
  })
})
