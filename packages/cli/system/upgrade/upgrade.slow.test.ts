import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, deployments, status } from '@atoll/deploy'
import type { Context } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { createApp, createService } from '@atoll/plan/fixtures'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeImageArchive } from '../image-archive.ts'
import type { ImageArchive } from '../image-archive.ts'
import { systemRef } from '../system-app.ts'
import { createTestImages } from '../test-images.ts'
import { installOn } from '../test-installed.ts'
import { runOrDie } from '../test-killed.ts'
import { prepareUpgrade } from './prepare-upgrade.ts'
import { upgrade } from './upgrade.ts'
import type { Upgraded } from './upgrade.ts'

const { signal } = new AbortController()
const folder = mkdtempSync(join(tmpdir(), 'atoll-upgrade-'))
const shop = createApp([createService('web', { image: 'web:1' })])
let archive: ImageArchive
beforeAll(async () => {
  mkdirSync(join(folder, 'files'))
  writeFileSync(join(folder, 'files', 'program'), 'next')
  const making = { version: '1.0.0', documents: { writes: 1, reads: 1 } }
  archive = await writeImageArchive({ atoll: join(folder, 'files') }, join(folder, 'next.tar.gz'), making)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A platform of three nodes with an app beside it, and where its backups go. */
const open = async () => {
  const stage = openStage()
  await stage.settle(deploy(stage.createContext('ann'), { app: shop, secrets: {}, author: 'ann' }, listen()))
  const { controls } = await installOn(stage)
  controls.close()
  for (const name of ['node-1', 'node-2', 'node-3']) stage.engine.outsider.setNode(name, { address: '127.0.0.1' })
  stage.engine.setImage('sha256:2', { run: { kind: 'serves' } })
  const images = createTestImages(['node1id', 'node2id', 'node3id'], {
    reference: archive.reference,
    idOf: () => 'sha256:2',
  })
  const backups: { readonly path: string; readonly images: readonly string[] }[] = []
  const makeBackup = async (): Promise<string> => {
    const path = `/kept/${backups.length}.age`
    backups.push({ path, images: [...new Set(look(stage).programs.flat())] })
    return path
  }
  const run = async (context: Context): Promise<Upgraded> => {
    const wish = { isWanted: true, folder: '/kept', hasLock: true }
    const options = { ...listen(), signal, author: 'ann', onStep: () => undefined, makeBackup }
    return upgrade(context, await prepareUpgrade(context, { images, imagePath: archive.path, wish }, options), options)
  }
  return { stage, backups, run }
}

const tasksOf = (stage: Stage, service: string) =>
  (stage.engine.world.services.get(service)?.tasks ?? []).filter(
    ({ state, desired }) => state === 'running' && desired === 'running',
  )

/** What every node runs of the platform, and whether the app is what it was. */
const look = (stage: Stage) => ({
  programs: ['agent', 'control'].map((name) =>
    tasksOf(stage, `atoll_system_${name}`).map(({ service }) => service.image.replace(/@.*/, '')),
  ),
  shop: tasksOf(stage, 'shop_test_web').map(({ id }) => id),
})

describe('an upgrade that is killed at any change, and run again', () => {
  it.each([true, false])(
    'ends as if it had not been, with the backup of before anything was changed; the change itself was made: %s',
    async (isMade) => {
      for (let call = 1; call < 200; call += 1) {
        const { stage, backups, run } = await open()
        const apps = look(stage).shop
        const isWhole = await runOrDie(stage, { call, isMade }, run)
        const { kind } = await stage.settle(run(stage.createContext('bob')))
        const told = `killed at change ${call}`
        expect(isWhole ? ['current'] : ['upgraded', 'current'], told).toContain(kind)
        const whole = ['sha256:2', 'sha256:2', 'sha256:2']
        expect(look(stage), told).toEqual({ programs: [whole, whole], shop: apps })
        const context = stage.createContext('eve')
        const { running, lastDeployment } = await status(context, systemRef, signal)
        expect([running, lastDeployment?.state], told).toEqual([undefined, 'converged'])
        const [last] = await deployments(context, systemRef, signal)
        expect(
          backups.map(({ path }) => path),
          told,
        ).toContain(last?.receipt.backup)
        expect([...new Set(backups.flatMap(({ images }) => images))], told).toEqual(['atoll:1'])
        if (isWhole) return
      }
      throw new Error('it never came through')
    },
    600_000,
  )
})
