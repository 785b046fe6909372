import { engineContract } from '../engine.contract.ts'
import { openFakeEngine } from './index.ts'

engineContract('fake', async () => {
  const engine = openFakeEngine()
  const missingImage = 'registry.test/none:1'
  engine.setImage(missingImage, { run: { kind: 'missing' } })
  return {
    engine,
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
