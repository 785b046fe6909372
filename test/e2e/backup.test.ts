import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { server } from './services.ts'
import { end, type Ended } from './world.ts'

const bin = join(import.meta.dirname, '../../bin/atoll')
const home = mkdtempSync(join(tmpdir(), 'atoll-e2e-backup-'))
const inHome = (name: string): string => join(home, name)
const password = 'the-password-of-before'
let lab: TestLab

beforeAll(async () => {
  await openLab()
  writeFileSync(inHome('password'), password)
})
afterAll(async () => {
  await lab?.down()
  rmSync(home, { recursive: true, force: true })
})

const openLab = async (): Promise<void> => {
  lab = await openTestLab({ name: 'backup', nodes: 1 })
}

const atoll = (...args: readonly string[]): Promise<Ended> => {
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
  const own = { HOME: home, XDG_CONFIG_HOME: home, NO_COLOR: '1', ATOLL_LAB_HOME: '/nonexistent' }
  return end(spawn(bin, args, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'], env: { ...rest, ...own } }))
}

const good = async (...args: readonly string[]): Promise<string> => {
  const { status, stdout, stderr } = await atoll(...args)
  expect(status, `atoll ${args.join(' ')}: ${stderr}${stdout}`).toBe(0)
  return stdout
}

const engine = (): readonly string[] => ['--engine', `unix://${lab.nodes[0]?.socket}`]

const installedSchema = z.object({
  link: z.string().optional(),
  fingerprint: z.string(),
  doors: z.array(z.object({ url: z.string() })),
})

const init = async (): Promise<z.infer<typeof installedSchema>> => {
  const said = await good('init', '--json', '--registry', lab.registry, ...engine())
  return installedSchema.parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''))
}

/** It answers with its version and its secret. */
const deploy = (version: string, secret: string): Promise<string> => {
  const answer =
    'const s = require("http").createServer((_, r) => r.end(process.env.VERSION + require("fs").readFileSync("/run/secrets/word"))).listen(8080); process.on("SIGTERM", () => s.close(() => process.exit(0)))'
  const web = server(lab, version, { command: ['node', '-e', answer], secrets: ['word'] })
  writeFileSync(inHome('word'), secret)
  const project = { name: 'shop', services: { web }, secrets: { word: { file: './word' } } }
  writeFileSync(inHome('compose.yaml'), JSON.stringify(project))
  return good('deploy')
}

const ask = (): Promise<string> => good('exec', '--app', 'shop', 'web', '--', 'curl', '-sf', 'http://127.0.0.1:8080/')

const savedSchema = z.object({ id: z.string(), file: z.string(), missing: z.array(z.string()) })
const manifestSchema = z.object({
  sections: z.array(z.object({ name: z.string(), entries: z.number(), sha256: z.string() })),
})
let file = ''
let fingerprint = ''

test('a cluster with people, two releases and a secret is written to a file by a control', async () => {
  const installed = await init()
  fingerprint = installed.fingerprint
  await good('login', installed.link ?? '', '--name', 'ann', '--password-file', inHome('password'))
  await deploy('1', 'pearl')
  await deploy('2', 'coral')
  expect(await ask()).toBe('2coral')
  const recipient = (await good('backup', 'key', 'identity.txt')).trim()
  const said = await good('backup', '--json', '--recipient', recipient, '--to', `${inHome('backups')}/`)
  const saved = savedSchema.parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''))
  expect(saved.missing).toEqual([])
  file = join('backups', saved.file)
  expect(await good('backup', 'ls')).toMatch(new RegExp(`${saved.id}.* yes `))
  expect(await good('audit')).toContain('makeBackup')
  const bytes = readFileSync(inHome(file))
  for (const plain of ['coral', 'pearl', password, 'PRIVATE KEY']) expect(bytes.includes(plain)).toBe(false)
})

test('and by the engine alone, with the same keys', async () => {
  const recipient = /age1\w+/.exec(readFileSync(inHome('identity.txt'), 'utf8'))?.[0] ?? ''
  await good('backup', '--recipient', recipient, '--to', 'direct.age', ...engine())
  const [one, other] = await Promise.all(
    [file, 'direct.age'].map(async (path) =>
      manifestSchema.parse(JSON.parse(await good('backup', 'verify', path, '--identity', 'identity.txt', '--json'))),
    ),
  )
  const keysOf = (manifest: typeof one) => manifest?.sections.find(({ name }) => name === 'keys')
  expect(keysOf(one)).toMatchObject({ entries: 3 })
  expect(keysOf(other)).toEqual(keysOf(one))
})

test('a disk that is full leaves nothing behind, and says so', async () => {
  const small = inHome('small')
  mkdirSync(small)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', small])
  try {
    const recipient = /age1\w+/.exec(readFileSync(inHome('identity.txt'), 'utf8'))?.[0] ?? ''
    const { status, stderr } = await atoll('backup', '--recipient', recipient, '--to', `${small}/`)
    expect(status).toBe(1)
    expect(stderr).toMatch(/no room is left/)
    expect(readdirSync(small)).toEqual([])
  } finally {
    execFileSync('umount', [small])
  }
})

test('it is not restored over a cluster that has state', async () => {
  const { status, stderr } = await atoll('restore', file, '--identity', 'identity.txt', '--yes', ...engine())
  expect(status).toBe(1)
  expect(stderr).toMatch(/state that would be lost: 1 environments of apps, 1 people/)
  expect(await ask()).toBe('2coral')
})

test('on a new lab, what is not that file changes nothing', async () => {
  await lab.down()
  await openLab()
  const bytes = readFileSync(inHome(file))
  const changed = Buffer.from(bytes)
  changed[bytes.length - 100] = (changed[bytes.length - 100] ?? 0) ^ 1
  writeFileSync(inHome('changed.age'), changed)
  writeFileSync(inHome('cut.age'), bytes.subarray(0, bytes.length / 2))
  writeFileSync(inHome('noise.age'), randomBytes(1000))
  await good('backup', 'key', 'other.txt')
  const tries = [
    ['changed.age', 'identity.txt', /it was changed, or is cut off/],
    ['cut.age', 'identity.txt', /it was changed, or is cut off/],
    ['noise.age', 'identity.txt', /no file of age/],
    [file, 'other.txt', /not made for this identity/],
  ] as const
  for (const [path, identity, words] of tries) {
    const { status, stderr } = await atoll('restore', path, '--identity', identity, '--yes', ...engine())
    expect(status, path).toBe(1)
    expect(stderr).toMatch(words)
  }
  const left = await lab.run('node-1', ['docker', 'config', 'ls', '--quiet'])
  expect(left.trim()).toBe('')
})

test('a restore makes it anew: people, releases, secrets, and the app once it is repaired', async () => {
  expect(await good('restore', file, '--identity', 'identity.txt', '--yes', ...engine())).toContain('atoll repair shop')
  const installed = await init()
  expect(installed.link).toBeUndefined()
  expect(installed.fingerprint).toBe(fingerprint)
  const url = installed.doors[0]?.url ?? ''
  const wrong = inHome('wrong')
  writeFileSync(wrong, 'another-password')
  const login = ['login', url, '--name', 'ann', '--fingerprint', fingerprint, '--password-file']
  expect((await atoll(...login, wrong)).status).toBe(1)
  await good(...login, inHome('password'))
  const releases = z
    .array(z.object({ number: z.number(), isCurrent: z.boolean() }))
    .parse(JSON.parse(await good('releases', 'shop', '--json')))
  expect(releases.map(({ number, isCurrent }) => [number, isCurrent])).toEqual([
    [2, true],
    [1, false],
  ])
  await good('repair', 'shop')
  expect(await ask()).toBe('2coral')
  await good('rollback', '1', '--app', 'shop')
  expect(await ask()).toBe('1pearl')
  await deploy('3', 'amber')
  expect(await ask()).toBe('3amber')
  expect(await good('audit')).toContain('restoreBackup')
  await good('audit', 'verify')
})
