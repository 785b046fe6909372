import { get } from 'node:https'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { Platform } from './open-platform.ts'

const fetchText = (url: string): Promise<{ readonly status: number | undefined; readonly body: string }> =>
  new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false, agent: false }, (response) => {
      void text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
    }).on('error', reject)
  })

/** The page of the API, whose files have to come along in the image. */
export const docsTests = (open: () => Platform): void => {
  describe('the page of the API', () => {
    test('is shown by every node with all it is made of, to whoever asks', async () => {
      for (const { url } of open().doors) {
        const page = await fetchText(`${url}/docs`)
        expect([url, page.status]).toEqual([url, 200])
        for (const [, address] of page.body.matchAll(/(?:href|src)="(\/docs\/[^"]+)"/g)) {
          const file = await fetchText(`${url}${address}`)
          expect([address, file.status, file.body.length > 10]).toEqual([address, 200, true])
        }
      }
    })
  })
}
