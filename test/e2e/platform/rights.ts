import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { end } from '../world.ts'
import type { Platform } from './open-platform.ts'

const tokenSchema = z.object({ id: z.string(), secret: z.string(), authority: z.string() })

/** What goes on ends with the right to it. Needs app kiosk with a service web. */
export const rightsTests = (open: () => Platform): void => {
  describe('a right that ends', () => {
    test.each([
      [
        'exec',
        ['exec', 'web', '--app', 'kiosk', '--', 'node', '-e', 'console.log("begun"); setInterval(() => {}, 1e6)'],
      ],
      ['logs', ['logs', '--follow', '--app', 'kiosk']],
    ])('ends %s through another control', async (what, args) => {
      const platform = open()
      const said = await platform.good('token', 'create', `ends-${what}`, 'maintainer:kiosk', '--json')
      const token = tokenSchema.parse(JSON.parse(said))
      const url = platform.doors.at(-1)?.url ?? ''
      const variables = { ATOLL_URL: url, ATOLL_TOKEN: token.secret, ATOLL_AUTHORITY: token.authority }
      const child = platform.start(args, variables)
      const ended = end(child)
      if (what === 'exec') await once(child.stdout, 'data')
      else await platform.good('status', 'kiosk')
      await platform.good('token', 'rm', token.id)
      const { status, stderr } = await ended
      expect(status).toBe(1)
      expect(stderr).toMatch(/may no longer do this|nobody is signed in/)
    })
  })
}
