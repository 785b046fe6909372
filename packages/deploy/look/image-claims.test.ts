import { expect, it } from 'vitest'
import { EngineError } from '@atoll/engine'
import { createApp, createService } from '@atoll/plan/fixtures'
import { deploy } from '../deploy.ts'
import { listen, openStage } from '../stage.ts'
import { claimImages } from './image-claims.ts'

const live = new AbortController().signal

it('the images of the newest releases are needed, of the one that runs, and of every service', async () => {
  const stage = openStage()
  const context = stage.createContext('ann')
  for (let version = 1; version <= 13; version++) {
    const app = createApp([createService('web', { image: `registry.test/web:${version}` })])
    const request = { app, secrets: {}, author: 'ann' }
    expect(await stage.settle(deploy(context, request, listen()))).toMatchObject({ kind: 'converged' })
  }
  stage.engine.outsider.create('service', 'mine')
  const { needed, repositories } = await claimImages(context, live)
  const versions = needed.flatMap((image) => /^registry.test\/web:(\d+)@/.exec(image)?.[1] ?? []).map(Number)
  expect(versions.toSorted((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
  expect(repositories).toContain('registry.test/web')
})

it('who cannot ask for all of them has none', async () => {
  const stage = openStage()
  stage.engine.world.failure = 'no-quorum'
  await expect(claimImages(stage.createContext('ann'), live)).rejects.toBeInstanceOf(EngineError)
})
