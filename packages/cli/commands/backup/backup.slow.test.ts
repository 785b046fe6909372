import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addKey, renderKeyring } from '@atoll/store/sealed'
import { expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'
import { installOn } from '../../system/test-installed.ts'

const { signal } = new AbortController()
const recipientOf = (cli: TestCli): string =>
  /age1\w+/.exec(readFileSync(join(cli.folder, 'key.txt'), 'utf8'))?.[0] ?? ''

/** A cluster with people, and without a platform: its keys are nowhere. */
const openFilled = async (): Promise<TestCli> => {
  const cli = openTestCli()
  await cli.documents.put('person', 'ann', { expected: 0, value: { grants: [] } }, signal)
  await cli.documents.put(
    'environment',
    'shop.production',
    { expected: 0, value: { lastRelease: 0, lastDeployment: 0 } },
    signal,
  )
  await cli.run(['backup', 'key', 'key.txt'])
  return cli
}

const make = (cli: TestCli, to: string) => cli.run(['backup', '--recipient', recipientOf(cli), '--to', to])

test('a file is made, listed, verified, and makes another cluster the same', async () => {
  using cli = await openFilled()
  expect(statSync(join(cli.folder, 'key.txt')).mode & 0o777).toBe(0o600)
  expect(await make(cli, 'kept/')).toMatchObject({ status: 0, stdout: expect.stringContaining('proven') })
  const [file = ''] = readdirSync(join(cli.folder, 'kept'))
  expect(file).toMatch(/^atoll-\d{8}T\d{6}Z-[0-9a-f]{4}\.age$/)
  expect((await cli.run(['backup', 'ls'])).stdout).toMatch(/ yes /)
  const verified = await cli.run(['backup', 'verify', `kept/${file}`, '--identity', 'key.txt'])
  expect(verified).toMatchObject({ status: 0, stdout: expect.stringMatching(/person +1/) })
  using other = openTestCli()
  const path = join(cli.folder, 'kept', file)
  const flags = ['--identity', join(cli.folder, 'key.txt')]
  const refused = await other.run(['restore', path, ...flags])
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') })
  expect(await other.documents.archive.readAll(signal)).toEqual([])
  const restored = await other.run(['restore', path, ...flags, '--yes'])
  expect(restored, restored.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('atoll repair shop/production'),
  })
  expect((await other.documents.find('person', 'ann', signal))?.value).toEqual({ grants: [] })
})

test('a restore is refused where state would be lost, replaces it when told, and goes on where it stopped', async () => {
  using cli = await openFilled()
  await make(cli, 'cluster.age')
  const restore = (...more: string[]) => cli.run(['restore', 'cluster.age', '--identity', 'key.txt', '--yes', ...more])
  await cli.documents.put('person', 'bob', { expected: 0, value: {} }, signal)
  expect(await restore()).toMatchObject({ status: 1, stderr: expect.stringContaining('2 people') })
  expect(await restore('--replace')).toMatchObject({ status: 0 })
  expect(await cli.documents.find('person', 'bob', signal)).toBeUndefined()
  const left = { backup: 'another', phase: 'write' }
  await cli.documents.put('platform', 'restore', { expected: 0, value: left }, signal)
  expect(await restore()).toMatchObject({ status: 1, stderr: expect.stringContaining('has not ended') })
  expect(await cli.run(['init'])).toMatchObject({ status: 1, stderr: expect.stringContaining('run "atoll restore"') })
})

test('what is wrong is said before anything is done', async () => {
  using cli = await openFilled()
  await make(cli, 'cluster.age')
  const bytes = readFileSync(join(cli.folder, 'cluster.age'))
  expect(await make(cli, 'cluster.age')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('a file of this name'),
  })
  expect(readFileSync(join(cli.folder, 'cluster.age')).equals(bytes)).toBe(true)
  expect(readdirSync(cli.folder).filter((name) => name.includes('.part'))).toEqual([])
  writeFileSync(join(cli.folder, 'cut.age'), bytes.subarray(0, -9))
  expect(await cli.run(['backup', 'verify', 'cut.age', '--identity', 'key.txt'])).toMatchObject({ status: 1 })
  expect(await cli.run(['backup', 'verify', 'cluster.age'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--identity FILE'),
  })
  expect(await cli.run(['backup', '--recipient', 'age1x'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('no recipient'),
  })
  expect(await cli.run(['backup'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--recipient') })
  expect(await cli.run(['backup', 'key', 'key.txt'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('new file'),
  })
  const gone = await cli.run(['restore', 'nowhere.age', '--identity', 'key.txt', '--yes'])
  expect(gone).toMatchObject({ status: 1, stderr: expect.stringContaining('nowhere.age') })
})

test('a secret that went by no control is told of, and keys that no control gives end it', async () => {
  using cli = await openFilled()
  const file = { name: 'word', engineName: 'shop_production_word_1', isExternal: false, labels: {} }
  const release = { number: 1, app: { name: 'shop', secrets: [file] } }
  await cli.documents.put('release', 'shop.production.1', { expected: 0, value: release }, signal)
  await cli.documents.put('environment', 'shop.production', { expected: 1, value: { current: 1 } }, signal)
  expect((await make(cli, 'one.age')).stdout).toContain('values of shop_production_word_1')
  const keys = { authoritySecret: 'a', sealsSecret: renderKeyring(addKey([], randomBytes)), isComplete: true }
  await cli.documents.put('platform', 'keys', { expected: 0, value: keys }, signal)
  expect(await make(cli, 'two.age')).toMatchObject({ status: 1, stderr: expect.stringContaining('no control') })
  expect(readdirSync(cli.folder)).not.toContain('two.age')
})

test('a platform that nobody has used yet gives way, and its keys with it', async () => {
  using cli = await openFilled()
  await make(cli, 'cluster.age')
  using other = openTestCli()
  await installOn(other.stage)
  const before = [...other.engine.world.secrets.keys()]
  expect(before).toHaveLength(3)
  const path = join(cli.folder, 'cluster.age')
  const restored = await other.run(['restore', path, '--identity', join(cli.folder, 'key.txt'), '--yes'])
  expect(restored, restored.stderr).toMatchObject({ status: 0 })
  expect([...other.engine.world.secrets.keys()]).toEqual([])
  expect([...other.engine.world.services.keys()]).toEqual([])
  expect(await other.documents.find('platform', 'keys', signal)).toBeUndefined()
  expect(await other.documents.find('person', 'ann', signal)).toBeDefined()
})
