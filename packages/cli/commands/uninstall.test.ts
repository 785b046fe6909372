import { expect, test } from 'vitest'
import { installOn } from '../system/test-installed.ts'
import { openTestCli } from '../test-cli.ts'

test('nobody is asked where there is no platform', async () => {
  using cli = openTestCli()
  const { status, stdout } = await cli.run(['uninstall'], { isTerminal: true, answer: false })
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('there is nothing to remove') })
})

test('where there is one it goes when somebody says so, and not before', async () => {
  using cli = openTestCli()
  const { controls } = await installOn(cli.stage)
  controls.close()
  const refused = await cli.run(['uninstall'], { isTerminal: true, answer: false })
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('nothing was removed') })
  expect(cli.engine.world.secrets.size).toBeGreaterThan(0)
  const removed = await cli.run(['uninstall', '--yes'])
  expect(removed).toMatchObject({ status: 0, stdout: expect.stringContaining('the platform is removed') })
  expect(cli.engine.world.secrets.size).toBe(0)
  expect(await cli.engine.listEnvironments(new AbortController().signal)).toEqual([])
})
