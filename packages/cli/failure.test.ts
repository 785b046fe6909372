import { expect, test } from 'vitest'
import { openTestCli } from './test-cli.ts'

test('what nobody foresaw is called a bug, with its place', async () => {
  using cli = openTestCli()
  cli.engine.diagnose = () => Promise.reject(new TypeError('undefined is not a function'))
  const { status, stdout, stderr } = await cli.run(['doctor', '--json'])
  expect(status).toBe(1)
  expect(stderr).toMatch(/^a bug in Atoll: TypeError: undefined is not a function\n +at /)
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'bug', message: 'undefined is not a function' } })
})

test('what is foreseen is one line, and one more that says what to do', async () => {
  using cli = openTestCli()
  const { stderr } = await cli.run(['status', 'shop'])
  expect(stderr.trimEnd().split('\n')).toEqual([
    'error: show shop/production: nothing of it is here',
    '  → "atoll ls" lists what is, "atoll deploy" brings it here',
  ])
})
