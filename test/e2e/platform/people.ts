import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from '../services.ts'
import { end, type Ended } from '../world.ts'
import type { Platform } from './open-platform.ts'

const linkSchema = z.object({ link: z.string() })
const invitationsSchema = z.array(z.object({ id: z.string(), grants: z.array(z.object({ role: z.string() })) }))
const enrolledSchema = z.object({ secret: z.string() })

/** People besides ann, and what they may. Leaves nobody and nothing behind. */
export const peopleTests = (open: () => Platform): void => {
  describe('people', () => {
    let home = ''
    const bob = (...args: readonly string[]): Promise<Ended> =>
      end(open().start(args, { HOME: home, XDG_CONFIG_HOME: home }))
    const password = (): string => join(open().home, 'password')
    const invite = async (role: string): Promise<string> =>
      linkSchema.parse(JSON.parse(await open().good('people', 'invite', role, '--json'))).link
    const fingerprint = (): string => open().link.split('.').at(-1) ?? ''

    beforeAll(() => void (home = mkdtempSync(join(tmpdir(), 'atoll-bob-'))))
    afterAll(() => rmSync(home, { recursive: true }))

    test('a team deploys its own app, and not that of others', async () => {
      const platform = open()
      await platform.good('team', 'create', 'crew')
      const login = await bob('login', await invite('deployer@crew'), '--name', 'bob', '--password-file', password())
      expect(login.status, login.stderr).toBe(0)
      const refused = await bob('status', 'kiosk')
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('bob is not viewer of app kiosk')])
      const taken = await bob('team', 'app', 'add', 'crew', 'kiosk')
      expect([taken.status, taken.stderr]).toEqual([1, expect.stringContaining('bob is not owner of app kiosk')])
      platform.write('buoy', { web: sleeper(platform.lab, '1') })
      const deployed = await bob('deploy', '--team', 'crew')
      expect(deployed.status, deployed.stderr).toBe(0)
      const services = ['docker', 'service', 'ls', '--format', '{{.Name}}']
      expect(await platform.lab.run('node-1', services)).toContain('buoy_production_web')
      await platform.good('rm', '--yes')
      await platform.good('team', 'app', 'rm', 'crew', 'buoy')
      await platform.good('team', 'rm', 'crew')
      expect((await bob('status', 'buoy')).stderr).toContain('bob is not viewer')
    })

    test('one-time passwords are asked for at another node from the moment they are on', async () => {
      const { doors } = open()
      const on = ['people', 'totp', 'on']
      const begun = await bob(...on, '--password-file', password(), '--json')
      const { secret } = enrolledSchema.parse(JSON.parse(begun.stdout))
      const confirmed = await bob(...on, '--code', codeOf(secret, Date.now()))
      expect(confirmed.status, confirmed.stderr).toBe(0)
      const other = doors[1]?.url ?? ''
      const login = ['login', other, '--name', 'bob', '--password-file', password(), '--fingerprint', fingerprint()]
      const bare = await bob(...login)
      expect([bare.status, bare.stderr]).toEqual([2, expect.stringContaining('--code')])
      // That of the step before was taken for the confirmation, and each is taken once.
      const next = await bob(...login, '--code', codeOf(secret, Date.now() + stepMs))
      expect(next.status, next.stderr).toBe(0)
      const recovered = await bob(...login, '--code', confirmed.stdout.split('\n')[0] ?? '')
      expect(recovered.status, recovered.stderr).toBe(0)
      await open().good('people', 'rm', 'bob', '--yes')
      expect((await bob('ls')).stderr).toContain('nobody is signed in')
    })

    test('an invitation that was taken back lets nobody in', async () => {
      const platform = open()
      const link = await invite('maintainer')
      const listed = invitationsSchema.parse(JSON.parse(await platform.good('people', 'invitations', 'ls', '--json')))
      const found = listed.find(({ grants }) => grants[0]?.role === 'maintainer')
      await platform.good('people', 'invitations', 'rm', found?.id ?? '')
      const late = await bob('login', link, '--name', 'eve', '--password-file', password())
      expect([late.status, late.stderr]).toEqual([1, expect.stringContaining('invitation')])
      expect(await platform.good('people', 'ls')).not.toContain('eve')
    })
  })
}

const stepMs = 30_000
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 6238 with SHA-1 and six digits, as an authenticator does it. */
const codeOf = (secret: string, atMs: number): string => {
  const bits = Array.from(secret, (letter) => base32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [])
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / stepMs)))
  const hash = createHmac('sha1', key).update(counter).digest()
  const number = hash.readUInt32BE((hash.at(-1) ?? 0) & 15) & 0x7fff_ffff
  return String(number % 1_000_000).padStart(6, '0')
}
