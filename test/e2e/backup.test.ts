import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestS3, type TestS3 } from '@atoll/backup/testing'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { renderSshHost } from './render-ssh-host.ts'
import { server } from './services.ts'
import { end, until, type Ended } from './world.ts'

const bin = join(import.meta.dirname, '../../bin/atoll')
const home = mkdtempSync(join(tmpdir(), 'atoll-e2e-backup-'))
const inHome = (name: string): string => join(home, name)
const password = 'the-password-of-before'
let lab: TestLab
/** A server with sshd and nothing of ours. */
let vault: TestLab
/** On the address of this machine that the lab's nodes reach. */
let bucket: TestS3

beforeAll(async () => {
  await openLab()
  vault = await openTestLab({ name: 'backup-vault', bare: true, nodes: 1 })
  bucket = await openTestS3(await findGateway())
  writeFileSync(inHome('password'), password)
  writeSsh()
})
afterAll(async () => {
  await lab?.down()
  await vault?.down()
  await bucket?.[Symbol.asyncDispose]()
  rmSync(home, { recursive: true, force: true })
})

const findGateway = async (): Promise<string> => {
  const routes = await lab.run('node-1', ['ip', 'route', 'show', 'default'])
  return /via (\S+)/.exec(routes)?.[1] ?? ''
}

/** The person's ssh, which knows the vault; what it is told elsewhere is of this machine. */
const writeSsh = (): void => {
  const [node] = vault.nodes
  if (node === undefined) throw new Error('the vault has no node')
  writeFileSync(inHome('ssh_config'), renderSshHost(node).replace(/Host .*/, 'Host vault'))
  mkdirSync(inHome('bin'))
  writeFileSync(inHome('bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${inHome('ssh_config')} "$@"\n`, { mode: 0o755 })
}
const onVault = (line: string): Promise<string> => vault.ssh('node-1', [line])
const kept = 'ssh://vault/srv/backups'

const openLab = async (): Promise<void> => {
  lab = await openTestLab({ name: 'backup', nodes: 1 })
}

const atoll = (...args: readonly string[]): Promise<Ended> => {
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env
  const own = { HOME: home, XDG_CONFIG_HOME: home, NO_COLOR: '1', ATOLL_LAB_HOME: '/nonexistent' }
  const ssh = { PATH: `${inHome('bin')}:${rest['PATH']}` }
  const keys = {
    AWS_ENDPOINT_URL_S3: bucket.endpoint,
    AWS_REGION: bucket.region,
    AWS_ACCESS_KEY_ID: bucket.accessKeyId,
    AWS_SECRET_ACCESS_KEY: bucket.secretAccessKey,
  }
  const env = { ...rest, ...own, ...ssh, ...keys }
  return end(spawn(bin, args, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'], env }))
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
let remote = ''
let fingerprint = ''

const recipientOf = (): string => /age1\w+/.exec(readFileSync(inHome('identity.txt'), 'utf8'))?.[0] ?? ''

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
  await good('backup', '--recipient', recipientOf(), '--to', 'direct.age', ...engine())
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
    const { status, stderr } = await atoll('backup', '--recipient', recipientOf(), '--to', `${small}/`)
    expect(status).toBe(1)
    expect(stderr).toMatch(/no room is left/)
    expect(readdirSync(small)).toEqual([])
  } finally {
    execFileSync('umount', [small])
  }
})

test('another server keeps them over ssh, and says what is wrong there', async () => {
  const said = await good('backup', '--json', '--recipient', recipientOf(), '--to', kept)
  const saved = savedSchema.parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''))
  remote = `${kept}/${saved.file}`
  expect(JSON.parse(await good('backup', 'ls', kept, '--json'))).toMatchObject([{ file: saved.file }])
  expect(await good('backup', 'verify', remote, '--identity', 'identity.txt')).toContain('whole')
  expect((await onVault('stat -c "%a %n" /srv/backups/*')).trim()).toBe(`600 /srv/backups/${saved.file}`)
  await onVault('mkdir /srv/small && mount -t tmpfs -o size=8k tmpfs /srv/small')
  const full = await atoll('backup', '--recipient', recipientOf(), '--to', 'ssh://vault/srv/small')
  expect(full).toMatchObject({ status: 1, stderr: expect.stringContaining('no room is left') })
  expect(await onVault('ls /srv/small; umount /srv/small')).toBe('')
  const stranger = await atoll('backup', '--recipient', recipientOf(), '--to', 'ssh://nobody@vault/srv/backups')
  expect(stranger).toMatchObject({ status: 1, stderr: expect.stringContaining('nobody@vault') })
})

test('the platform keeps them in a bucket by itself, and a command there, each request signed', async () => {
  writeFileSync(inHome('secret'), bucket.secretAccessKey)
  const place = ['--place', 's3://backups/cluster', '--endpoint', bucket.endpoint, '--region', bucket.region]
  const key = ['--access-key', bucket.accessKeyId, '--secret-file', inHome('secret')]
  await good('backup', 'settings', ...place, ...key, '--recipient', recipientOf())
  await good('backup', 'settings', '--every', '1h')
  const isKept = (said: string): boolean => / yes .*s3:\/\/backups\/cluster/.test(said)
  await until('a backup made by itself', () => good('backup', 'ls'), isKept)
  await good('backup', '--to', 's3://backups/cluster')
  const files = z
    .array(z.object({ file: z.string() }))
    .parse(JSON.parse(await good('backup', 'ls', 's3://backups/cluster', '--json')))
  expect(files).toHaveLength(2)
  for (const each of files) {
    await good('backup', 'verify', `s3://backups/cluster/${each.file}`, '--identity', 'identity.txt')
  }
})

test('it is not restored over a cluster that has state', async () => {
  const { status, stderr } = await atoll('restore', file, '--identity', 'identity.txt', '--yes', ...engine())
  expect(status).toBe(1)
  expect(stderr).toMatch(/state that would be lost: 1 environments of apps, 1 people/)
  expect(await ask()).toBe('2coral')
})

const containers = (): Promise<string> =>
  lab.run('node-1', ['docker', 'ps', '--quiet', '--no-trunc', '--filter', 'name=shop_production_'])

test('told to, it is restored where it came from, as after an upgrade that went wrong, and apps go on', async () => {
  const before = await containers()
  await good('team', 'create', 'later')
  await good('restore', file, '--identity', 'identity.txt', '--replace', '--yes', ...engine())
  const installed = await init()
  expect([installed.link, installed.fingerprint]).toEqual([undefined, fingerprint])
  const url = installed.doors[0]?.url ?? ''
  await good('login', url, '--name', 'ann', '--fingerprint', fingerprint, '--password-file', inHome('password'))
  expect(await good('team', 'ls', '--json')).not.toContain('later')
  expect(await containers()).toBe(before)
  expect(await ask()).toBe('2coral')
  expect((await atoll('plan')).status).toBe(0)
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
  expect(await good('restore', remote, '--identity', 'identity.txt', '--yes', ...engine())).toContain(
    'atoll repair shop',
  )
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
