import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { changeBackupSettings, listBackups, secretPlace } from '@atoll/backup'
import { openTestS3 } from '@atoll/backup/testing'
import { deployments, status } from '@atoll/deploy'
import { storeOf } from '@atoll/engine/fake'
import { openSeals, parseKeyring } from '@atoll/store/sealed'
import { describe, expect, test } from 'vitest'
import { findBuild } from '../system/build.ts'
import { writeImageArchive } from '../system/image-archive.ts'
import type { ImageArchive, ImageMaking } from '../system/image-archive.ts'
import { systemRef } from '../system/system-app.ts'
import { createTestImages } from '../system/test-images.ts'
import { installOn } from '../system/test-installed.ts'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'

const live = new AbortController().signal
const nodeIds = ['node1id', 'node2id', 'node3id']
const first = { version: '1.0.0', documents: { writes: 1, reads: 1 } }

/** An image with one file in it. */
const writeImage = async (cli: TestCli, name: string, making: ImageMaking = first): Promise<ImageArchive> => {
  const folder = join(cli.folder, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'program'), name)
  return writeImageArchive({ atoll: folder }, join(cli.folder, `${name}.tar.gz`), making)
}

const open = async () => {
  const cli = openTestCli({ 'compose.yaml': 'name: shop\nservices: {web: {image: "web:1"}}\n' })
  await cli.run(['deploy'])
  const { controls } = await installOn(cli.stage)
  controls.close()
  // Its nodes answer nobody: what a node tells at its door is looked at in the lab.
  for (const name of ['node-1', 'node-2', 'node-3']) cli.engine.outsider.setNode(name, { address: '127.0.0.1' })
  await cli.run(['backup', 'key', 'key.txt'])
  const archive = await writeImage(cli, 'next')
  const upgrade = (...flags: readonly string[]) => run(cli, archive, flags)
  return { cli, archive, upgrade, [Symbol.dispose]: () => cli[Symbol.dispose]() }
}

const recipientOf = (cli: TestCli): string =>
  /age1\w+/.exec(readFileSync(join(cli.folder, 'key.txt'), 'utf8'))?.[0] ?? ''

const wordsOf = (cli: TestCli, { path }: ImageArchive): readonly string[] => [
  'upgrade',
  '--engine',
  'unix:///x',
  '--image',
  path,
  '--recipient',
  recipientOf(cli),
]

const run = (cli: TestCli, archive: ImageArchive, flags: readonly string[], idOf = () => 'sha256:2') => {
  cli.engine.setImage('sha256:2', { run: { kind: 'serves' } })
  const images = createTestImages(nodeIds, { reference: archive.reference, idOf })
  return cli.run([...wordsOf(cli, archive), ...flags], { images })
}

const filesOf = (cli: TestCli): readonly string[] =>
  readdirSync(cli.folder)
    .filter((name) => name.endsWith('.age'))
    .toSorted()
const receiptOf = async ({ stage }: TestCli) =>
  (await deployments(stage.createContext('ann'), systemRef, live))[0]?.receipt

const imagesOf = ({ engine }: TestCli): readonly string[] => [
  ...new Set(
    ['agent', 'control'].flatMap((name) =>
      (engine.world.services.get(`atoll_system_${name}`)?.tasks ?? [])
        .filter(({ state, desired }) => state === 'running' && desired === 'running')
        .map(({ service }) => service.image.replace(/@.*/, '')),
    ),
  ),
]
const appTasks = ({ engine }: TestCli) => engine.world.services.get('shop_production_web')?.tasks.map(({ id }) => id)

describe('upgrade', () => {
  test('only tells with --dry-run from which build to which', async () => {
    using opened = await open()
    const { status: ended, stdout } = await opened.upgrade('--dry-run')
    expect(ended).toBe(3)
    expect(stdout).toMatch(/^unnamed \(image [0-9a-f]{12}\) -> /)
    expect(stdout).toContain(`-> ${opened.archive.build.name}`)
    expect(stdout).toContain('agent 3, control 3')
    expect(imagesOf(opened.cli)).toEqual(['atoll:1'])
  })

  test('brings every program to the build and touches no app; a second time there is nothing to do', async () => {
    using opened = await open()
    const { cli, archive, upgrade } = opened
    const before = appTasks(cli)
    const { status: ended, stdout, stderr } = await upgrade()
    expect(ended, stderr + stdout).toBe(0)
    expect(stdout).toContain(`the platform is ${archive.build.name}; it was unnamed`)
    expect(imagesOf(cli)).toEqual(['sha256:2'])
    expect(appTasks(cli)).toEqual(before)
    expect((await upgrade('--dry-run')).stdout).toContain(`the platform is ${archive.build.name} already`)
  })

  test('goes back when the new programs do not get healthy, and says so', async () => {
    using opened = await open()
    const { cli, archive } = opened
    cli.engine.setImage('sha256:2', { run: { kind: 'unhealthy', afterMs: 2_000, output: 'no pulse' } })
    const images = createTestImages(nodeIds, { reference: archive.reference, idOf: () => 'sha256:2' })
    const { status: ended, stdout } = await cli.run(wordsOf(cli, archive), { images })
    expect([ended, stdout]).toEqual([4, expect.stringContaining('as before')])
    const [file] = filesOf(cli)
    expect(stdout).toContain(`atoll restore ${join(cli.folder, file ?? '')} --identity FILE --replace --engine fake`)
    expect(imagesOf(cli)).toEqual(['atoll:1'])
    expect((await status(cli.stage.createContext('ann'), systemRef, live)).release?.number).toBe(1)
  })

  test('goes on with what was interrupted', async () => {
    using opened = await open()
    const { cli, archive, upgrade } = opened
    cli.engine.setImage('sha256:2', { run: { kind: 'serves' } })
    const images = createTestImages(nodeIds, { reference: archive.reference, idOf: () => 'sha256:2' })
    const left = await cli.run(wordsOf(cli, archive), { images, interruptAt: 'running' })
    expect(left.status).toBe(130)
    expect(cli.detached).toMatchObject([{ args: ['resume', 'atoll/system', '--handed-over', '--engine', 'fake'] }])
    expect(imagesOf(cli)).toContain('atoll:1')
    const { status: ended, stderr } = await upgrade()
    expect(ended, stderr).toBe(0)
    expect(stderr).toContain('left half way')
    expect(imagesOf(cli)).toEqual(['sha256:2'])
    const [file = '', ...others] = filesOf(cli)
    expect(others).toEqual([])
    expect(stderr).toContain(`the backup of before is there: ${join(cli.folder, file)}`)
    expect(await receiptOf(cli)).toMatchObject({ state: 'converged', backup: join(cli.folder, file) })
  })

  test('waits for programs of a node that came back a moment ago', async () => {
    using opened = await open()
    const { cli, upgrade } = opened
    cli.engine.outsider.setNode('node-2', { state: 'down' })
    cli.engine.tick(60_000)
    cli.engine.outsider.setNode('node-2', { state: 'ready' })
    const looked = await upgrade('--dry-run')
    expect([looked.status, looked.stdout]).toEqual([1, expect.stringContaining('of the platform has 2 of 3 tasks')])
    const { status: ended, stderr } = await upgrade()
    expect(ended, stderr).toBe(0)
    expect(stderr).toContain('wait until the platform is whole')
    expect(imagesOf(cli)).toEqual(['sha256:2'])
  })

  test('goes on without a node that is away by now, which it did not begin without', async () => {
    using opened = await open()
    const { cli, archive, upgrade } = opened
    cli.engine.setImage('sha256:2', { run: { kind: 'serves' } })
    const images = createTestImages(nodeIds, { reference: archive.reference, idOf: () => 'sha256:2' })
    await cli.run(wordsOf(cli, archive), { images, interruptAt: 'running' })
    cli.engine.outsider.setNode('node-3', { state: 'down' })
    const { status: ended, stderr } = await upgrade()
    expect(ended, stderr).toBe(0)
    expect(stderr).toContain('node-3, a manager, is down: run this again when it is back')
    expect(imagesOf(cli)).toEqual(['sha256:2'])
  })

  test('gives the image to a node that lacks it, also when there is nothing else to do', async () => {
    using opened = await open()
    const { cli, archive, upgrade } = opened
    expect(await upgrade()).toMatchObject({ status: 0 })
    const images = createTestImages(nodeIds, { reference: archive.reference, idOf: () => 'sha256:2' })
    for (const id of nodeIds.slice(1)) await images.load({ path: archive.path, nodeId: id }, live)
    const { stdout } = await cli.run(wordsOf(cli, archive), { images })
    expect(stdout).toContain('already')
    expect(images.held.get(`node1id ${archive.reference}`)).toBe('sha256:2')
  })

  test('tells at once all that is in the way, with what to do, and changes nothing', async () => {
    using opened = await open()
    const { cli, upgrade } = opened
    cli.engine.outsider.setNode('node-3', { state: 'down' })
    storeOf(cli.engine.world, 'node1id').disk = { sizeBytes: 100, freeBytes: 3, usedShare: 0.97, scarce: 'bytes' }
    const { status: ended, stderr } = await upgrade()
    expect(ended).toBe(1)
    expect(stderr).toContain('node-3, a manager, is down')
    expect(stderr).toContain('node-1 has 0 MB left on its disk')
    expect(stderr).toContain('atoll prune --node node-1')
    expect(stderr).toContain('nothing was changed')
    expect(imagesOf(cli)).toEqual(['atoll:1'])
  })

  test('is refused what one of the two builds could not read', async () => {
    using opened = await open()
    const { cli } = opened
    const ahead = await writeImage(cli, 'ahead', { version: '3.0.0', documents: { writes: 2, reads: 2 } })
    expect((await run(cli, ahead, [])).stderr).toContain('by way of a build in between')
    const between = await writeImage(cli, 'between', { version: '2.0.0', documents: { writes: 1, reads: 2 } })
    expect((await run(cli, between, [])).status).toBe(0)
    cli.engine.setImage('sha256:3', { run: { kind: 'serves' } })
    expect((await run(cli, ahead, [], () => 'sha256:2')).status).toBe(0)
    const { status: ended, stderr } = await run(cli, opened.archive, [])
    expect([ended, stderr]).toEqual([1, expect.stringContaining("this cluster's are written in format 2")])
  })

  test('needs a platform', async () => {
    using cli = openTestCli()
    await cli.run(['backup', 'key', 'key.txt'])
    const archive = await writeImage(cli, 'next')
    expect((await run(cli, archive, [])).stderr).toContain('it is not installed here')
  })
})

describe('before anything is changed', () => {
  test('a backup is made, proven, told of and named in the receipt; it opens and holds the platform of before', async () => {
    using opened = await open()
    const { cli, archive, upgrade } = opened
    const { stdout, stderr } = await upgrade()
    const [file = ''] = filesOf(cli)
    const path = join(cli.folder, file)
    expect(stderr).toContain(`the backup of before, proven: ${path}`)
    expect(stdout).toContain(`backup of before: ${path}`)
    expect(await receiptOf(cli)).toMatchObject({ state: 'converged', backup: path })
    expect((await cli.run(['receipt', '--app', 'atoll/system'])).stdout).toContain(`backup of before: ${path}`)
    const [record] = await listBackups(cli.stage, live)
    expect(record).toMatchObject({ provenAtMs: expect.any(Number) })
    const verified = await cli.run(['backup', 'verify', path, '--identity', 'key.txt', '--json'])
    const { sections } = JSON.parse(verified.stdout) as { sections: { name: string; entries: number }[] }
    expect(sections.find(({ name }) => name === 'keys')?.entries).toBe(3)
    await run(cli, archive, [])
    expect(filesOf(cli)).toEqual([file])
  })

  test('it is refused without anybody to make one for, and goes on without one when told', async () => {
    using opened = await open()
    const { cli, archive } = opened
    cli.engine.setImage('sha256:2', { run: { kind: 'serves' } })
    const images = createTestImages(nodeIds, { reference: archive.reference, idOf: () => 'sha256:2' })
    const words = ['upgrade', '--engine', 'unix:///x', '--image', archive.path]
    const refused = await cli.run(words, { images })
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('--no-backup goes on without one') })
    expect(imagesOf(cli)).toEqual(['atoll:1'])
    expect(await cli.run([...words, '--no-backup'], { images })).toMatchObject({ status: 0 })
    expect(await receiptOf(cli)).not.toHaveProperty('backup')
  })

  test('nothing is changed when it cannot be made, or not be kept', async () => {
    using opened = await open()
    const { cli, upgrade } = opened
    mkdirSync(join(cli.folder, 'taken'))
    writeFileSync(join(cli.folder, 'taken', 'x.age'), 'of before')
    const taken = await upgrade('--to', 'taken/x.age')
    expect(taken).toMatchObject({ status: 1, stderr: expect.stringContaining('a file of this name') })
    expect(taken.stderr).toContain('nothing was changed')
    cli.engine.world.programs.clear()
    const keyless = await upgrade()
    expect(keyless).toMatchObject({ status: 1, stderr: expect.stringContaining('no control gave them') })
    expect(keyless.stderr).toContain('--no-backup')
    expect(imagesOf(cli)).toEqual(['atoll:1'])
    expect(filesOf(cli)).toEqual([])
  })

  test('it goes to the place that is set, for the recipients that are set, with the keys of the controls', async () => {
    await using server = await openTestS3()
    using opened = await open()
    const { cli, archive } = opened
    const { endpoint, region, accessKeyId, secretAccessKey } = server
    const record = await cli.documents.find<{ sealsSecret: string }>('platform', 'keys', live)
    const keyring = cli.engine.world.secrets.get(record?.value.sealsSecret ?? '')?.value ?? new Uint8Array()
    const seals = openSeals({ keys: parseKeyring(Buffer.from(keyring).toString()) })
    const sealedSecret = seals.seal(Buffer.from(secretAccessKey), secretPlace)
    const place = { url: 's3://backups/before', endpoint, region, accessKeyId, sealedSecret }
    const recipients = [recipientOf(cli)]
    await changeBackupSettings(cli.stage, (known) => ({ ...known, recipients, place }), live)
    cli.engine.setImage('sha256:2', { run: { kind: 'serves' } })
    const images = createTestImages(nodeIds, { reference: archive.reference, idOf: () => 'sha256:2' })
    const words = ['upgrade', '--engine', 'unix:///x', '--image', archive.path]
    expect((await cli.run([...words, '--dry-run'], { images })).stdout).toContain(
      'before that a backup: s3://backups/before',
    )
    const { status: ended, stdout, stderr } = await cli.run(words, { images })
    expect(ended, stderr).toBe(0)
    const path = /s3:\/\/backups\/before\/atoll-\S+\.age/.exec(stdout)?.[0] ?? ''
    expect(await receiptOf(cli)).toMatchObject({ backup: path })
    const variables = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }
    const verified = await cli.run(['backup', 'verify', path, '--identity', 'key.txt'], { variables, isServed: true })
    expect(verified, verified.stderr).toMatchObject({ status: 0 })
  })
})

test('init leaves another build to upgrade', async () => {
  using opened = await open()
  const { cli, archive } = opened
  const images = createTestImages(nodeIds, { reference: archive.reference })
  const { status: ended, stderr } = await cli.run(['init', '--engine', 'unix:///x', '--image', archive.path], {
    images,
  })
  expect([ended, stderr]).toEqual([1, expect.stringContaining('run "atoll upgrade"')])
  expect(imagesOf(cli)).toEqual(['atoll:1'])
  expect(findBuild({ services: [] } as never).documents).toEqual({ writes: 1, reads: 1 })
})
