import { afterAll } from 'vitest'
import { engineContract } from '@atoll/engine/contract'
import { openFakeEngine } from '@atoll/engine/fake'
import { openTestAgent } from './testing.ts'
import type { TestAgent } from './testing.ts'

let agent: TestAgent | undefined

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]()
})

engineContract('caller, socket and agent before the fake', async () => {
  const engine = openFakeEngine()
  const missingImage = 'registry.test/none:1'
  engine.setImage(missingImage, { run: { kind: 'missing' } })
  agent = await openTestAgent(engine)
  return {
    engine: agent.remote,
    image: 'registry.test/base:1',
    missingImage,
    outsider: {
      createService: async (engineName) => engine.outsider.create('service', engineName),
      setVariable: async (engineName, { key, value }) =>
        engine.outsider.change(engineName, (spec) => ({ ...spec, environment: { ...spec.environment, [key]: value } })),
      hasService: async (engineName) => engine.world.services.has(engineName),
      removeService: async (engineName) => engine.outsider.remove(engineName),
    },
  }
})
