import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'

const shop = `
name: shop
services:
  web: {image: 'web:1', environment: {LEVEL: info}}
  db: {image: 'db:1'}
`

const drift = (cli: ReturnType<typeof openTestCli>, name: string): void =>
  cli.engine.outsider.change(`shop_production_${name}`, (spec) => ({ ...spec, environment: { LEVEL: 'debug' } }))

const levelOf = (cli: ReturnType<typeof openTestCli>, name: string): string | undefined =>
  cli.engine.world.services.get(`shop_production_${name}`)?.spec.environment['LEVEL']

test('repair undoes what was changed, and says so when there is nothing to undo', async () => {
  using cli = openTestCli({ 'compose.yaml': shop })
  await cli.run(['deploy'])
  drift(cli, 'web')
  const { status, stdout } = await cli.run(['repair'])
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('is at release 1') })
  expect(levelOf(cli, 'web')).toBe('info')
  const nothing = await cli.run(['repair'])
  expect(nothing).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing is to be repaired') })
  expect((await cli.run(['repair', '--json'])).stdout).toBe('{"kind":"nothing-to-do"}\n')
})

test('repair of one service leaves the others', async () => {
  using cli = openTestCli({ 'compose.yaml': shop })
  await cli.run(['deploy'])
  drift(cli, 'web')
  drift(cli, 'db')
  expect((await cli.run(['repair', 'shop', '--service', 'web'])).status).toBe(0)
  expect([levelOf(cli, 'web'), levelOf(cli, 'db')]).toEqual(['info', 'debug'])
})

test('repair of what was never deployed says what to do', async () => {
  using cli = openTestCli({ 'compose.yaml': shop })
  const { status, stderr } = await cli.run(['repair'])
  expect(status).not.toBe(0)
  expect(stderr).toContain('"atoll deploy"')
})

test('adopt makes what was changed the release, and the next plan says what the files would undo', async () => {
  using cli = openTestCli({ 'compose.yaml': shop })
  await cli.run(['deploy'])
  expect((await cli.run(['adopt'])).stdout).toContain('nothing was changed')
  drift(cli, 'web')
  expect(await cli.run(['adopt'])).toMatchObject({ status: 0, stdout: expect.stringContaining('is at release 2') })
  expect(levelOf(cli, 'web')).toBe('debug')
  expect((await cli.run(['plan'])).stdout).toMatch(/environment\.LEVEL +debug -> info/)
  expect((await cli.run(['releases'])).stdout).toContain('environment.LEVEL')
})
