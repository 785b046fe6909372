import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderHeadName, renderNamePrefix, renderPartName } from './names.ts'

const SWARM_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,62}[a-zA-Z0-9])?$/
const MOST_REVISIONS = 9_999_999_999
const collection = fc.constantFrom('release', 'deployment', 'environment', 'a', 'sixteen-letters-')
const id = fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.stringMatching(/^[a-z.-]{1,60}$/))

describe('names of configs', () => {
  it('stay as they are when they can', () => {
    expect(renderHeadName({ collection: 'release', id: 'shop.production.12' }, 3)).toBe(
      'atoll.release.shop.production.12.3',
    )
  })

  it('are cut and end in a hash when they are long or strange', () => {
    const long = { collection: 'release', id: 'a-shop-with-a-long-name.production-in-europe.1' }
    expect(renderHeadName(long, 1)).toMatch(/^atoll\.release\.a-shop-with-a-long-name-?\.?[\w.-]*-[0-9a-f]{12}\.1$/)
    expect(renderHeadName({ collection: 'release', id: 'ä' }, 1)).toMatch(/^atoll\.release\._-[0-9a-f]{12}\.1$/)
  })

  it('are names Swarm takes, whatever the id', () => {
    fc.assert(
      fc.property(collection, id, (collection, id) => {
        expect(renderHeadName({ collection, id }, MOST_REVISIONS)).toMatch(SWARM_NAME)
      }),
    )
    expect(renderPartName('123e4567-e89b-12d3-a456-426614174000', 99)).toMatch(SWARM_NAME)
  })

  it('differ when ids differ', () => {
    fc.assert(
      fc.property(collection, id, id, (collection, one, other) => {
        fc.pre(one !== other)
        expect(renderHeadName({ collection, id: one }, 1)).not.toBe(renderHeadName({ collection, id: other }, 1))
      }),
    )
  })

  it('begin with the prefix of every id that begins so', () => {
    fc.assert(
      fc.property(collection, id, fc.nat(), (collection, id, length) => {
        const prefix = id.slice(0, length % (id.length + 1))
        const name = renderHeadName({ collection, id }, 1)
        expect(name.startsWith(renderNamePrefix(collection, prefix))).toBe(true)
      }),
    )
  })
})
