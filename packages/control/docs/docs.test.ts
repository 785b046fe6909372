import { existsSync } from 'node:fs'
import { openStage } from '@atoll/deploy/stage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import { findLibraryFile, libraryFiles } from './library-files.ts'

let test: TestControl
beforeAll(async () => {
  test = await openTestControl(openStage())
})
afterAll(() => test[Symbol.asyncDispose]())

const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  test.server.inject({ method: 'GET', url, headers })

const addressesIn = (html: string): readonly string[] =>
  [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map((match) => match[1] ?? '')

describe('the page of the API', () => {
  it('is for everybody, and all it is made of comes from the same control', async () => {
    const { statusCode, headers, body } = await get('/docs')
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const addresses = addressesIn(body).filter((address) => !address.startsWith('data:'))
    expect(addresses.length).toBeGreaterThan(4)
    for (const address of addresses) {
      const file = await get(address)
      expect([address, file.statusCode]).toEqual([address, 200])
      expect(file.body.length).toBeGreaterThan(0)
      expect(file.headers['x-content-type-options']).toBe('nosniff')
    }
    expect((await get('/docs/page.js')).body).toContain("'/v1/openapi.json'")
  })

  it('runs nothing that stands in the page itself, and asks no other host', async () => {
    const { headers, body } = await get('/docs')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|http|\*/)
    expect(body).not.toMatch(/<script>|<style| style=| on[a-z]+=/)
    expect(headers['strict-transport-security']).toBeDefined()
  })

  it('is sent again only when it is another', async () => {
    const { headers } = await get('/docs/swagger-ui-bundle.js', { 'accept-encoding': 'gzip' })
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': 'no-cache' })
    expect(Number(headers['content-length'])).toBeLessThan(700_000)
    const again = await get('/docs/swagger-ui-bundle.js', { 'if-none-match': String(headers.etag) })
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  it('is made of files that are there', () => {
    expect(libraryFiles.filter((name) => !existsSync(findLibraryFile(name)))).toEqual([])
  })
})
