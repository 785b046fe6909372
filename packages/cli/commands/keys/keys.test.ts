import { expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'
import { installOn } from '../../system/test-installed.ts'

test('keys are exchanged over an engine, and what seals is told before and after', async () => {
  using cli = openTestCli()
  expect((await cli.run(['keys', 'status'])).stderr).toContain('atoll init')
  expect((await cli.run(['keys', 'rotate'])).stderr).toContain('not installed')
  const { controls } = await installOn(cli.stage)
  expect((await cli.run(['keys', 'status'])).stdout).toContain('never exchanged')
  const { status, stdout, stderr } = await cli.run(['keys', 'rotate', '--engine', 'unix:///x'])
  expect({ status, stderr: stderr.split('\n')[0] }).toEqual({ status: 0, stderr: 'engine: the fake engine' })
  const key = /key ([0-9a-f]{16}) seals now/.exec(stdout)?.[1]
  const told = JSON.parse((await cli.run(['keys', 'status', '--json'])).stdout)
  expect(Object.keys(told.sealed)).toEqual([key])
  expect(told).toMatchObject({ sealsKey: key })
  expect(told).not.toHaveProperty('rotation')
  expect(controls.troubles).toEqual([])
  controls.close()
})

test('a manager that is away keeps the exchange from beginning, and says which it is', async () => {
  using cli = openTestCli()
  const { controls } = await installOn(cli.stage)
  const [, second] = cli.engine.world.nodes
  if (second !== undefined) second.state = 'down'
  const { status, stderr } = await cli.run(['keys', 'rotate', '--engine', 'unix:///x'])
  expect(status).toBe(1)
  expect(stderr).toContain('node-2 cannot take new ones now')
  expect((await cli.run(['keys', 'status'])).stdout).toContain('never exchanged')
  controls.close()
})
