import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSignedIn } from '../platform/test-signed-in.ts'
import { writeImageArchive } from '../system/image-archive.ts'
import { installOn } from '../system/test-installed.ts'
import { openTestCli } from '../test-cli.ts'

const making = { version: '1.0.0', documents: { writes: 1, reads: 1 } }

/** Ann is signed in to a platform of three managers, and has another build in a file. */
const open = async () => {
  const cli = openTestCli({ password: 'the-password-of-ann' })
  const { controls } = await installOn(cli.stage)
  controls.close()
  for (const at of [1, 2, 3]) cli.engine.outsider.setNode(`node-${at}`, { address: `10.0.0.${at}` })
  const folder = join(cli.folder, 'image')
  mkdirSync(folder)
  writeFileSync(join(folder, 'program'), 'next')
  const archive = await writeImageArchive({ atoll: folder }, join(cli.folder, 'next.tar.gz'), making)
  const signedIn = await openSignedIn(cli)
  return {
    cli,
    archive,
    say: signedIn.say,
    async [Symbol.asyncDispose]() {
      await signedIn[Symbol.asyncDispose]()
      cli[Symbol.dispose]()
    },
  }
}

const engines = '--engine ssh://root@10.0.0.1 --engine ssh://root@10.0.0.2 --engine ssh://root@10.0.0.3'

test('signed in, a dry run tells what a control sees, and the command that carries it out', async () => {
  await using opened = await open()
  const { cli, archive, say } = opened
  const said = await say('upgrade --dry-run --image next.tar.gz --no-backup', { status: 3 })
  expect(said).toContain(`0.0.0-test -> ${archive.build.name}`)
  expect(said).toContain('agent 3, control 3')
  expect(said).toContain('nothing is in the way')
  expect(said).toContain(`carry it out: atoll upgrade --image next.tar.gz ${engines}\n`)
  expect(await say('upgrade --dry-run --image next.tar.gz', { status: 1 })).toContain('nobody has said for whom')
  cli.engine.outsider.setNode('node-3', { state: 'down' })
  expect(await say('upgrade --dry-run --image next.tar.gz --no-backup', { status: 1 })).toContain(
    'node-3, a manager, is down',
  )
})

test('signed in, an upgrade itself names the command with the engines of this cluster', async () => {
  await using opened = await open()
  const { cli, say } = opened
  const said = await say('upgrade --image next.tar.gz', { status: 2 })
  expect(said).toContain(`atoll upgrade --image next.tar.gz ${engines}`)
  expect(cli.engine.world.services.get('atoll_system_control')?.spec.image).toContain('atoll:1')
})
