import { expect, it } from 'vitest'
import type { Engine } from '@atoll/engine'
import { openFakeEngine } from '@atoll/engine/fake'
import { createService } from '@atoll/plan/fixtures'
import { openTestAgent } from '../testing.ts'

const live = new AbortController().signal

const runTask = async (engine: ReturnType<typeof openFakeEngine>, ref: { app: string; environment: string }) => {
  const engineName = `${ref.app}_${ref.environment}_web`
  const service = createService('web', { engineName, image: 'registry.test/base:1' })
  await engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, live)
  engine.tick(5_000)
  return engine.world.services.get(engineName)?.tasks[0]?.id ?? ''
}

/** Everything that reaches into a task, by what the agent's log calls it. */
const ways = (engine: Engine, taskId: string): Readonly<Record<string, () => Promise<unknown>>> => ({
  statFile: () => engine.statFile({ taskId, path: '/tmp' }, live),
  readFiles: () => engine.readFiles({ taskId, path: '/tmp', take: () => undefined }, live),
  writeFiles: () => engine.writeFiles({ taskId, path: '/tmp', tar: none() }, live),
  forward: () => engine.forward({ taskId, ports: [80], input: none(), output: () => undefined }, live),
})

async function* none(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(1024)
}

it('nobody reaches into tasks of the platform, and what is tried is in the log', async () => {
  const engine = openFakeEngine()
  const taskId = await runTask(engine, { app: 'atoll', environment: 'system' })
  await using agent = await openTestAgent(engine)
  for (const [name, reach] of Object.entries(ways(agent.remote, taskId)))
    await expect(reach(), name).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('platform') })
  expect(engine.world.files.size).toBe(0)
  expect(agent.log.map(({ verb, outcome }) => [verb, outcome])).toEqual(
    ['readFiles', 'writeFiles', 'forward'].map((verb) => [verb, 'refused']),
  )
})

it('what reaches into an app is in the log, with what it was', async () => {
  const engine = openFakeEngine()
  const taskId = await runTask(engine, { app: 'shop', environment: 'test' })
  await using agent = await openTestAgent(engine)
  expect(await agent.remote.statFile({ taskId, path: '/tmp' }, live)).toMatchObject({ kind: 'folder' })
  await agent.remote.writeFiles({ taskId, path: '/tmp', tar: none() }, live)
  expect(agent.log).toMatchObject([{ verb: 'writeFiles', ref: `task ${taskId}`, subject: '/tmp', outcome: 'done' }])
})
