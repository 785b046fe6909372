import { expect, it } from 'vitest'
import { openNodeEngine } from './node-engine.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'

const live = new AbortController().signal
const read = async (image: string, answer: (url: string) => { readonly status: number; readonly body: object }) => {
  await using engine = await openScriptedEngine((request, response) => {
    const { status, body } = answer(request.url ?? '')
    reply(response, status, body)
  })
  await using node = openNodeEngine(engine.endpoint, Date.now)
  await node.folders.read({ image, path: '/site' }, async () => undefined, live)
}

const notHere = { status: 404, body: { message: 'No such image' } }

it.each([
  ['at once', { status: 404, body: { message: 'manifest unknown' } }],
  ['on the way', { status: 200, body: { error: 'manifest unknown' } }],
])('an image that a registry denies %s is refused: a node without an ingress says not-found', async (_when, denial) => {
  const reading = read('site:1', (url) => (url.includes('/images/create') ? denial : notHere))
  await expect(reading).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('manifest unknown') })
})

it('an id is asked of no registry', async () => {
  const reading = read(`sha256:${'0'.repeat(64)}`, () => notHere)
  await expect(reading).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('no image of this id'),
  })
})
