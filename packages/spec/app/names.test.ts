import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderBase64 } from './digest.ts'
import { engineName, fileEngineName } from './names.ts'

const namespace = { app: 'shop', environment: 'production' }
/** Swarm's own rule for names of services and networks. */
const accepted = /^[a-zA-Z0-9](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?$/

describe('engine names', () => {
  test('are app, environment and name', () => {
    expect(engineName(namespace, 'web')).toBe('shop_production_web')
  })

  test('are cut in front, where they are alike', () => {
    const name = engineName({ ...namespace, app: 'a'.repeat(80) }, 'web')
    expect(name).toHaveLength(63)
    expect(name).toMatch(/^a[0-9a-f]{10}-a+_production_web$/)
  })

  test('any name becomes one the engine accepts, and another name another one', () => {
    const names = fc.stringMatching(/^[a-zA-Z0-9._-]{1,90}$/)
    fc.assert(
      fc.property(names, names, (one, other) => {
        expect(engineName(namespace, one)).toMatch(accepted)
        expect(engineName(namespace, one) === engineName(namespace, other)).toBe(one === other)
      }),
    )
  })

  test('of files end in a hash of their content and fit', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9._-]{1,90}$/), fc.uint8Array(), (base, content) => {
        const name = fileEngineName(base, content, '')
        expect(name.length).toBeLessThanOrEqual(64)
        expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*_[0-9a-f]{10}$/)
      }),
    )
  })
})

test('base64 is that of everybody', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(renderBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    }),
  )
})
