import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openTestS3 } from '@atoll/backup/testing'
import type { TestS3 } from '@atoll/backup/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

const { signal } = new AbortController()
let server: TestS3
beforeAll(async () => {
  server = await openTestS3()
})
afterAll(() => server[Symbol.asyncDispose]())

const place = 's3://backups/of/shop'

const variablesOf = (cli: TestCli) => ({
  HOME: cli.folder,
  AWS_REGION: server.region,
  AWS_ENDPOINT_URL_S3: server.endpoint,
  AWS_ACCESS_KEY_ID: server.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
})

const openFilled = async () => {
  const cli = openTestCli()
  await cli.documents.put('person', 'ann', { expected: 0, value: { grants: [] } }, signal)
  await cli.run(['backup', 'key', 'key.txt'])
  const recipient = /age1\w+/.exec(readFileSync(join(cli.folder, 'key.txt'), 'utf8'))?.[0] ?? ''
  const run = (words: readonly string[], variables: Readonly<Record<string, string>> = variablesOf(cli)) =>
    cli.run(words, { variables, isServed: true })
  const make = (variables?: Readonly<Record<string, string>>) =>
    run(['backup', '--recipient', recipient, '--to', place], variables)
  return { cli, run, make, [Symbol.dispose]: () => cli[Symbol.dispose]() }
}

test('a backup goes to a bucket, is listed and verified there, and makes a cluster of it', async () => {
  using filled = await openFilled()
  const { cli, run, make } = filled
  const made = await make()
  expect(made, made.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining(`${place}/atoll-`) })
  const listed = JSON.parse((await run(['backup', 'ls', place, '--json'])).stdout) as readonly { file: string }[]
  expect(listed).toEqual([{ file: expect.stringMatching(/^atoll-.*\.age$/), madeAtMs: expect.any(Number) }])
  expect((await run(['backup', 'ls', place])).stdout).toContain(listed[0]?.file)
  const path = `${place}/${listed[0]?.file}`
  const key = ['--identity', join(cli.folder, 'key.txt')]
  expect(await run(['backup', 'verify', path, ...key])).toMatchObject({ status: 0 })
  expect((await run(['backup', 'ls'])).stdout).toMatch(/ yes .*s3:\/\/backups\/of\/shop/)
  using other = openTestCli()
  const restored = await other.run(['restore', path, ...key, '--yes'], { variables: variablesOf(cli), isServed: true })
  expect(restored, restored.stderr).toMatchObject({ status: 0 })
  expect(await other.documents.find('person', 'ann', signal)).toMatchObject({ value: { grants: [] } })
})

test('keys are found in the files of the tools of AWS', async () => {
  using filled = await openFilled()
  const { cli, make } = filled
  cli.write(
    'keys',
    `[default]\naws_access_key_id = ${server.accessKeyId}\naws_secret_access_key = wrong\n[vault]\naws_access_key_id=${server.accessKeyId}\naws_secret_access_key=${server.secretAccessKey}\n`,
  )
  cli.write(
    'config',
    `[profile vault]\nregion = ${server.region}\nendpoint_url = ${server.endpoint}\ns3 =\n  region = x\n`,
  )
  const files = {
    AWS_SHARED_CREDENTIALS_FILE: join(cli.folder, 'keys'),
    AWS_CONFIG_FILE: join(cli.folder, 'config'),
  }
  const made = await make({ ...files, AWS_PROFILE: 'vault' })
  expect(made, made.stderr).toMatchObject({ status: 0 })
  const wrong = await make({ ...files, AWS_REGION: server.region, AWS_ENDPOINT_URL: server.endpoint })
  expect(wrong).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('the secret is not that of the access key'),
  })
})

test('a wrong key and none are told, nothing is kept, and nothing counts as proven', async () => {
  using filled = await openFilled()
  const { cli, run, make } = filled
  const before = (await run(['backup', 'ls', place])).stdout
  const wrong = await make({ ...variablesOf(cli), AWS_SECRET_ACCESS_KEY: 'hunter2' })
  expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('SignatureDoesNotMatch') })
  expect(wrong.stderr).not.toContain('hunter2')
  expect((await run(['backup', 'ls', place])).stdout).toBe(before)
  expect((await run(['backup', 'ls'])).stdout).not.toContain(' yes ')
  expect(await make({ HOME: cli.folder })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
  })
  expect(await run(['backup', 'ls', 'key.txt'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no folder'),
  })
})
