import { deploy } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { countSealed } from '@atoll/control/sealing'
import { expect } from 'vitest'
import { ensureKeys } from './keys.ts'
import { keysPlace } from './keys-record.ts'
import type { KeysRecord } from './keys-record.ts'
import { loadSystemApp } from './system-app.ts'
import { openFakeControls, readSecret } from './test-controls.ts'

const live = new AbortController().signal

/** The platform on three managers, with controls that seal and open all the time. */
export const openInstalled = () => installOn(openStage())

export const installOn = async (stage: Stage) => {
  const context = stage.createContext('ann')
  const keys = await ensureKeys(context, live)
  const app = loadSystemApp({ keys, image: 'atoll:1', names: [] })
  const request = { app, secrets: {}, author: 'ann', acceptsWarnings: true }
  const installed = await stage.settle(deploy(context, request, listen()))
  expect(installed.kind).toBe('converged')
  const controls = openFakeControls(stage)
  stage.engine.world.programs.set('/atoll/node', (task) =>
    JSON.stringify(Object.fromEntries(keyNames.map((name) => [name, readSecret(stage.engine, task, name)]))),
  )
  await stage.pass(10_000)
  return { stage, controls, before: keys }
}

/** What its own program tells who asks a control for the keys. */
const keyNames = ['authority', 'seals', 'agents']

export const rotateOptions = (steps: string[] = []) => ({
  ...listen(),
  author: 'ann',
  onStep: (step: string) => void steps.push(step),
})

const readRecord = async (stage: Stage): Promise<KeysRecord> => {
  const found = await stage.documents.find<KeysRecord>(...keysPlace, live)
  if (found === undefined) throw new Error('there is no record of the keys')
  return found.value
}

/** What is not as it has to be afterwards: everything opens, with the new key alone, and nothing of the old is left. */
export const findTroubles = async ({ stage, controls, before }: Awaited<ReturnType<typeof openInstalled>>) => {
  await stage.pass(10_000)
  controls.close()
  const record = await readRecord(stage)
  const kept = new Set([record.authoritySecret, record.sealsSecret, record.agentsSecret])
  const { others } = await countSealed(stage, record.sealsKey, live)
  return [
    ...controls.troubles,
    ...others.map((id) => `${id} is sealed with the old key`),
    ...[...stage.engine.world.secrets.keys()].filter((name) => !kept.delete(name)).map((name) => `${name} is left`),
    ...[...kept].map((name) => `${name} is gone`),
    ...(record.rotation === undefined ? [] : ['the exchange is not over']),
    ...(record.sealsSecret === before.sealsSecret ? ['nothing was exchanged'] : []),
  ]
}
