import { stripVTControlCharacters } from 'node:util'
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
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'error: no command "plam"; did you mean `plan`\n  → "atoll --help" lists all\n',
    })
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

  test.each([
    [['exec', 'web'], 'SERVICE -- COMMAND: something is missing', 'atoll exec --help'],
    [['diff', '1'], 'TO: it is missing', 'atoll diff --help'],
    [['volume', 'move', 'data', 'node-2'], '"node-2" is a word too many', 'atoll volume move --help'],
    [['volume', 'move', 'data'], '--to is missing, or its value', 'atoll volume move --help'],
    [['scale', 'web'], '"web": write it as SERVICE=NUMBER, such as web=3', 'atoll scale --help'],
    [['logs', '--since'], '--since is missing, or its value', 'atoll logs --help'],
    [['lab', 'upp'], 'no command "upp"; did you mean `up`', 'atoll lab --help'],
    [['config', '--format', 'toml'], '--format toml: it is one of yaml, json, swarm', 'atoll config --help'],
  ] as const)('%j says what is wrong and where to look', async (words, message, help) => {
    using cli = openTestCli()
    const { status, stderr } = await cli.run(words, { hasColor: true })
    expect(status).toBe(2)
    expect(stripVTControlCharacters(stderr)).toMatch(new RegExp(`^error: ${RegExp.escape(message)}\n  → "${help}" `))
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
