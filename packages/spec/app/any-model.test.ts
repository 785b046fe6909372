import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapModel } from './sample-project.ts'
import { deployKeys } from './section-keys.ts'
import { serviceKeys } from './service-keys.ts'

const values = fc.jsonValue({ maxDepth: 3 })
const objectOf = (keys: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...keys), values, { maxKeys: 6 }).map((fields) => ({ ...fields }))

const services = fc
  .tuple(objectOf(Object.keys(serviceKeys)), fc.option(objectOf(Object.keys(deployKeys))))
  .map(([service, deploy]) => (deploy === null ? service : { ...service, deploy }))

const sections = fc.dictionary(fc.constantFrom('a', 'b'), values)

test('whatever the model holds, there is an app of plain JSON, and every problem has a place', () => {
  fc.assert(
    fc.property(services, sections, sections, (web, networks, volumes) => {
      const { app, problems } = mapModel({ services: { web, other: { image: 'x' } }, networks, volumes } as never)
      expect(app.services.map(({ name }) => name)).toEqual(['other', 'web'])
      expect(JSON.parse(JSON.stringify(app))).toEqual(app)
      expect(
        problems.filter(({ line, key, message }) => line < 1 || typeof key !== 'string' || message === ''),
      ).toEqual([])
    }),
    { numRuns: 500 },
  )
})
