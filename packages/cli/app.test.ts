import { describe, expect, test } from 'vitest'
import { exitStatus } from './exit-status.ts'
import { routes } from './routes.ts'
import type { Route } from './routes.ts'
import { openTestCli } from './test-cli.ts'

const listPaths = (table: Readonly<Record<string, Route>>, prefix: readonly string[] = []): readonly string[][] =>
  Object.entries(table).flatMap(([name, route]) => {
    const path = [...prefix, name]
    return 'routes' in route ? listPaths(route.routes, path) : [path]
  })

describe('every command', () => {
  test.each(listPaths(routes).map((path) => [path.join(' '), path] as const))(
    '%s has help with examples',
    async (name, path) => {
      using cli = openTestCli()
      const { status, stdout } = await cli.run([...path, '--help'])
      expect(status).toBe(exitStatus.good)
      expect(stdout).toContain('EXAMPLES')
      expect(stdout).toMatch(new RegExp(`EXAMPLES\\n +(source <\\()?atoll ${name}\\b`))
      // A command line is not broken, for it is there to be copied.
      const text = stdout.split('\n').filter((line) => !/^ +(eval|source|atoll) /.test(line))
      expect(text.filter((line) => line.length > 80)).toEqual([])
    },
  )
})

describe('words that lead nowhere', () => {
  test('a slip of the finger is bad input, with the command that was meant', async () => {
    using cli = openTestCli()
    const { status, stderr } = await cli.run(['plam'])
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('did you mean `plan`') })
  })

  test('an unknown flag is bad input', async () => {
    using cli = openTestCli()
    const { status, stderr } = await cli.run(['config', '--formta', 'json'])
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('--format') })
  })

  test('a flag that is no value of its kind is bad input', async () => {
    using cli = openTestCli()
    expect((await cli.run(['config', '--format', 'toml'])).status).toBe(2)
    expect((await cli.run(['plan', '--env', 'Pro duction'])).status).toBe(2)
  })
})

describe('groups', () => {
  test('nothing typed shows what there is', async () => {
    using cli = openTestCli()
    const { status, stdout } = await cli.run([])
    expect(status).toBe(exitStatus.good)
    for (const name of Object.keys(routes)) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  })
})
