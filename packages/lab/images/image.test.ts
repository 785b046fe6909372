import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { renderImage } from './image.ts'

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`
const layer = { file: '/cache/layer.tar.gz', digest: 'sha256:aa', bytes: 12, diffId: 'sha256:bb' }
const options = { repository: 'lab/base', architecture: 'amd64', layers: [layer], command: ['/bin/bash'], digestOf }

describe('renderImage', () => {
  test('the manifest names the configuration and the layers by digest and size', () => {
    const image = renderImage(options)
    expect(JSON.parse(image.manifest)).toMatchObject({
      config: { digest: digestOf(image.config), size: image.config.length },
      layers: [{ digest: 'sha256:aa', size: 12 }],
    })
    expect(JSON.parse(image.config)).toMatchObject({ os: 'linux', rootfs: { diff_ids: ['sha256:bb'] } })
  })

  test('the same layers give the same digest in every lab', () => {
    expect(renderImage(options).manifest).toBe(renderImage({ ...options }).manifest)
    expect(renderImage({ ...options, architecture: 'arm64' }).manifest).not.toBe(renderImage(options).manifest)
  })
})
