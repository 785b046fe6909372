import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@atoll/deploy'
import { storeOf } from '@atoll/engine/fake'
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
  const archive = await writeImage(cli, 'next')
  const upgrade = (...flags: readonly string[]) => run(cli, archive, flags)
  return { cli, archive, upgrade, [Symbol.dispose]: () => cli[Symbol.dispose]() }
}

const run = (cli: TestCli, archive: ImageArchive, flags: readonly string[], idOf = () => 'sha256:2') => {
  cli.engine.setImage('sha256:2', { run: { kind: 'serves' } })
  const images = createTestImages(nodeIds, { reference: archive.reference, idOf })
  return cli.run(['upgrade', '--engine', 'unix:///x', '--image', archive.path, ...flags], { images })
}

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
    const words = ['upgrade', '--engine', 'unix:///x', '--image', archive.path]
    const { status: ended, stdout } = await cli.run(words, { images })
    expect([ended, stdout]).toEqual([4, expect.stringContaining('as before')])
    expect(imagesOf(cli)).toEqual(['atoll:1'])
    expect((await status(cli.stage.createContext('ann'), systemRef, live)).release?.number).toBe(1)
  })

  test('goes on with what was interrupted', async () => {
    using opened = await open()
    const { cli, archive, upgrade } = opened
    cli.engine.setImage('sha256:2', { run: { kind: 'serves' } })
    const images = createTestImages(nodeIds, { reference: archive.reference, idOf: () => 'sha256:2' })
    const words = ['upgrade', '--engine', 'unix:///x', '--image', archive.path]
    const left = await cli.run(words, { images, interruptAt: 'running' })
    expect(left.status).toBe(130)
    expect(cli.detached).toMatchObject([{ args: ['resume', 'atoll/system', '--handed-over', '--engine', 'fake'] }])
    expect(imagesOf(cli)).toContain('atoll:1')
    const { status: ended, stderr } = await upgrade()
    expect(ended, stderr).toBe(0)
    expect(stderr).toContain('left half way')
    expect(imagesOf(cli)).toEqual(['sha256:2'])
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

  test('is not asked of a control, and needs a platform', async () => {
    using cli = openTestCli()
    const archive = await writeImage(cli, 'next')
    expect((await run(cli, archive, [])).stderr).toContain('it is not installed here')
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
