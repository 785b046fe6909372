import { routes } from '@atoll/api'
import type { Route } from '@atoll/api'
import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import { changeTools } from './change-tools.ts'
import { logTool } from './log-tool.ts'
import { readRoutes, readTools } from './read-tools.ts'

/** Beginnings of paths, each with the reason why an assistant is not given what is there. */
const notOffered: Readonly<Record<string, string>> = {
  '/v1/people': 'who else there is helps nobody to run an app',
  '/v1/teams': 'the same',
  '/v1/invitations': 'the same',
  '/v1/server-invitations': 'the same',
  '/v1/tokens': 'the same',
  '/v1/backups': 'a file with everything in it is for people',
  '/v1/keys': 'keys are for people, and take a session',
  '/v1/oidc': 'how people sign in is for people',
  '/v1/acme': 'whom certificates come from is for people',
  '/v1/apps/:app/environments/:environment/tasks': 'reaching into a task can show anything in it, secrets too',
  '/v1/apps/:app/environments/:environment/operations': 'a change waits for its own; deployments tell the rest',
}

test('every route that looks is a row of the table of tools, or has a reason not to be', () => {
  const isLeftOut = ({ path }: Route): boolean => Object.keys(notOffered).some((begin) => path.startsWith(begin))
  const looking = Object.entries<Route>(routes)
    .filter(([, { method, kind, role }]) => method === 'GET' && kind === 'json' && role !== 'nobody')
    .filter(([, route]) => !isLeftOut(route))
    .map(([name]) => name)
  expect(readRoutes.toSorted()).toEqual(looking.toSorted())
})

test('only what looks is read-only, and no two tools have one name', () => {
  const all = [...readTools, logTool, ...changeTools]
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  expect(readTools.filter(({ isChange }) => isChange)).toEqual([])
  expect(changeTools.map(({ name, isChange }) => [name, isChange])).toEqual(
    [
      'promote_canary',
      'abort_canary',
      'rollback',
      'scale',
      'add_route',
      'remove_route',
      'restart',
      'repair',
      'resume',
    ].map((name) => [name, true]),
  )
})

test('an environment nobody names is production, and what is not known is refused', () => {
  const status = readTools.find(({ name }) => name === 'get_status')
  expect(status?.input.parse({ app: 'shop' })).toEqual({ app: 'shop', environment: 'production' })
  expect(status?.input.safeParse({ app: 'shop', follow: true }).success).toBe(false)
  expect(logTool.input.parse({ app: 'shop' })).toMatchObject({ tail: 100 })
  expect(logTool.input.safeParse({ app: 'shop', tail: 100_000 }).success).toBe(false)
  expect(logTool.input.safeParse({ app: 'shop', follow: 'true' }).success).toBe(false)
})

test('the command prints what it would offer, and says where to sign in', async () => {
  using cli = openTestCli()
  const names = async (...flags: string[]): Promise<readonly string[]> => {
    const { stdout } = await cli.run(['mcp', '--json', ...flags])
    return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)
  }
  expect(await names()).not.toContain('rollback')
  expect(await names('--allow-changes')).toContain('rollback')
  const { status, stdout, stderr } = await cli.run(['mcp'])
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: expect.stringContaining('atoll login') })
})
