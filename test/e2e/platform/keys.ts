import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from '../services.ts'
import type { Platform } from './open-platform.ts'

const keysSchema = z.object({
  sealsKey: z.string().optional(),
  rotation: z.unknown().optional(),
  sealed: z.record(z.string(), z.number()),
})
const entriesSchema = z.array(
  z.object({ action: z.string(), by: z.string(), subject: z.string(), address: z.string(), kind: z.string() }),
)

/** Who came from where, and what was said of everything that was done so far, to this app among others. */
export const auditTests = (open: () => Platform, app: string): void => {
  gateTest(open)
  auditTest(open, app)
}

const readAudit = async (platform: Platform, ...flags: readonly string[]) =>
  entriesSchema.parse(JSON.parse(await platform.good('audit', '--json', ...flags)))

const gateTest = (open: () => Platform): void => {
  test('knows by which address somebody came, also behind the gate of a worker', async () => {
    const platform = open()
    const { doors, link, home } = platform
    const fingerprint = link.split('.').at(-1) ?? ''
    const password = ['--name', 'ann', '--password-file', join(home, 'password'), '--fingerprint', fingerprint]
    for (const node of ['node-1', 'node-4']) {
      const { url = '' } = doors.find((door) => door.node === node) ?? {}
      await platform.good('login', url, ...password, '--context', `by-${node}`)
    }
    await platform.good('context', 'use', new URL(link).host)
    const signedIn = (await readAudit(platform, '--person', 'ann')).filter(({ action }) => action === 'signIn')
    const [behindGate, direct] = signedIn.map(({ address }) => address.replace('::ffff:', ''))
    expect(direct).toMatch(/^10\./)
    expect(behindGate).toBe(direct)
  })
}

const readKeys = async (platform: Platform) =>
  keysSchema.parse(JSON.parse(await platform.good('keys', 'status', '--json')))

const deployVault = async (platform: Platform, version: number): Promise<void> => {
  const vault = { ...sleeper(platform.lab, String(version)), secrets: ['password'] }
  const secrets = { password: { file: './password.txt' } }
  writeFileSync(join(platform.folder, 'password.txt'), `hunter${version}`)
  writeFileSync(join(platform.folder, 'compose.yaml'), JSON.stringify({ name: 'vault', services: { vault }, secrets }))
  await platform.good('deploy')
}

const tellPassword = "console.log(require('fs').readFileSync('/run/secrets/password', 'utf8'))"

/** Three deployments of the platform: minutes, where much else runs. */
export const exchangeTest = (open: () => Platform): void => {
  test('exchanges its keys while an app with secrets is deployed again and again', { timeout: 300_000 }, async () => {
    const platform = open()
    const before = await readKeys(platform)
    const state = { isOver: false }
    const rotating = platform.good('keys', 'rotate', ...platform.managers).finally(() => (state.isOver = true))
    rotating.catch(() => undefined)
    let version = 0
    do await deployVault(platform, (version += 1))
    while (!state.isOver)
    expect(await rotating).toContain('seals now')
    const after = await readKeys(platform)
    expect(after.sealsKey).not.toBe(before.sealsKey)
    expect(after.rotation).toBeUndefined()
    expect(Object.keys(after.sealed).filter((key) => key !== after.sealsKey)).toEqual([])
    await deployVault(platform, (version += 1))
    const told = await platform.good('exec', 'vault', '--', 'node', '-e', tellPassword)
    expect(told.trim()).toBe(`hunter${version}`)
    const names = await platform.lab.run('node-1', ['docker', 'secret', 'ls', '--format', '{{.Name}}'])
    expect(names.split('\n').filter((name) => name.startsWith('atoll_keys_seals')).length).toBe(1)
    await platform.good('rm', '--yes')
  })
}

const auditTest = (open: () => Platform, app: string): void => {
  test('keeps everything that was done, and proves it, in the cluster and in a file', async () => {
    const platform = open()
    expect(await platform.good('audit', 'verify')).toContain('as they were written')
    const exported = await platform.good('audit', 'export')
    expect(exported.trim().split('\n').length).toBeGreaterThan(10)
    const file = join(platform.folder, 'audit.jsonl')
    writeFileSync(file, exported)
    expect(await platform.good('audit', 'verify', file)).toContain('as they were written')
    writeFileSync(file, exported.replace('"by":"ann"', '"by":"eve"'))
    expect((await platform.atoll('audit', 'verify', file)).status).toBe(1)
    const entries = await readAudit(platform, '--app', app)
    expect(new Set(entries.map(({ subject }) => subject))).toEqual(new Set([`${app}/production`]))
    expect(entries.map(({ by }) => by)).toContain('ann')
    expect(entries.filter(({ kind }) => kind === 'intent')).toEqual([])
  })
}
