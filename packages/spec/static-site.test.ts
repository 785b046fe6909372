import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPinned, sitesOf } from './static-site.ts'
import { mapAlone } from './map-alone.ts'

const digest = `sha256:${'ab'.repeat(32)}`

const routesOf = (...files: readonly { readonly image?: string; readonly path: string }[]) => {
  const routes = files.map((one, index) => ({ host: `h${index}.example.org`, static: one }))
  const services = { web: { image: 'x', 'x-atoll': { routes } } }
  return mapAlone(JSON.stringify({ name: 'app', services })).app?.routes ?? []
}

test.each([
  [digest, true],
  [`shop@${digest}`, true],
  [`127.0.0.1:5000/shop:3@${digest}`, true],
  ['shop:3', false],
  ['', false],
  [`shop@${digest}0`, false],
])('%s is the same for ever: %s', (image, is) => {
  expect(isPinned(image)).toBe(is)
})

test('a site is an image by digest and a folder: the same are one, others are others', () => {
  const image = fc.constantFrom(digest, `a@${digest}`, `b@${digest}`)
  const files = fc.record({ image, path: fc.constantFrom('/a', '/b', '/a/b') })
  const property = fc.property(fc.array(files, { maxLength: 8 }), (all) => {
    const sites = sitesOf(routesOf(...all))
    expect(sites.map(({ image, path }) => JSON.stringify({ image, path })).sort()).toEqual(
      [...new Set(all.map((one) => JSON.stringify({ image: one.image, path: one.path })))].sort(),
    )
    expect(new Set(sites.map(({ id }) => id)).size).toBe(sites.length)
    expect(sites.every(({ id }) => /^[0-9a-f]{32}$/.test(id))).toBe(true)
  })
  fc.assert(property)
})

test('of an image that may be another tomorrow there is no site', () => {
  expect(sitesOf(routesOf({ path: '/a' }, { image: 'shop:3', path: '/a' }))).toEqual([])
})
