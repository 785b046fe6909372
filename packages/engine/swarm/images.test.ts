import { afterEach, describe, expect, it } from 'vitest'
import { openClient } from './client.ts'
import { resolveImage } from './images.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'

const signal = new AbortController().signal
const cleanups: AsyncDisposable[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup[Symbol.asyncDispose]()
})

const resolve = async (image: string, status: number, body: unknown, isHere = false) => {
  const engine = await openScriptedEngine((request, response) => {
    if (request.url?.includes('/distribution/')) reply(response, status, body)
    else if (isHere) reply(response, 200, {})
    else reply(response, 404, { message: 'No such image' })
  })
  const client = openClient(engine.endpoint)
  cleanups.push(engine, client)
  const auth = { find: async () => undefined, all: async () => ({}) }
  return resolveImage(client, { image, auth }, signal)
}

describe('an image', () => {
  const digest = `sha256:${'a'.repeat(64)}`

  it('is known by its digest', async () => {
    expect(await resolve('a.example/web:1', 200, { Descriptor: { digest } })).toEqual({
      kind: 'digest',
      reference: `a.example/web:1@${digest}`,
    })
  })

  // As Docker 20.10 passes on what registries say.
  it.each([
    [404, '127.0.0.1:5000/web:9', 'manifest unknown: manifest unknown', '127.0.0.1:5000 has no such tag'],
    [500, 'a.example/wbe:1', 'name unknown: repository name not known to registry', 'a.example has no such image'],
    [404, 'a.example/wbe:1', 'no such image', 'a.example has no such image'],
    [
      403,
      'web:9',
      'errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n',
      'Docker Hub denies access; if it is there, "docker login" to it first',
    ],
  ])('that is missing (%i, %s) is told in a few words', async (status, image, message, reason) => {
    expect(await resolve(image, status, { message })).toEqual({ kind: 'missing', reference: image, reason })
  })

  it('is unresolved where no registry answers, and it is said whether it is here', async () => {
    const message = 'Get "https://a.example/v2/": dial tcp: lookup a.example: no such host'
    const unresolved = { kind: 'unresolved', reference: 'a.example/web:1', reason: expect.stringContaining(message) }
    expect(await resolve('a.example/web:1', 500, { message })).toEqual({ ...unresolved, isPresent: false })
    expect(await resolve('a.example/web:1', 500, { message }, true)).toEqual({ ...unresolved, isPresent: true })
  })

  it('by digest needs no registry when it is here', async () => {
    const message = 'no such host'
    const image = `a.example/web:1@${digest}`
    expect(await resolve(image, 500, { message }, true)).toEqual({ kind: 'digest', reference: image })
    expect(await resolve(image, 500, { message })).toMatchObject({ kind: 'unresolved', isPresent: false })
  })
})
