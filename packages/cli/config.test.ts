import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const read = (env: Readonly<Record<string, string>>, isTTY: boolean) =>
  readConfig({ env, cwd: () => '/srv', stdout: { isTTY }, stderr: { isTTY } })

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
])('with %o on a terminal (%s) colour is %s', (env, isTTY, isColoured) =>
  expect(read(env, isTTY).hasColor.stdout).toBe(isColoured),
)

test('says who it is for the records of others', () => expect(read({}, false).owner).toMatch(/^[^@]+@[^@]+$/))
