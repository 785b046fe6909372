import { z } from 'zod'

/** One gzipped layer in the cache. */
export interface Layer {
  readonly file: string
  readonly digest: string
  readonly bytes: number
  /** Digest of the layer before compression. */
  readonly diffId: string
}

export const layerSchema = z.object({ file: z.string(), digest: z.string(), bytes: z.number(), diffId: z.string() })

/** An image as a registry holds it: texts whose digests are final. */
export interface Image {
  readonly repository: string
  readonly layers: readonly Layer[]
  readonly config: string
  readonly manifest: string
}

export interface ImageOptions {
  readonly repository: string
  readonly architecture: string
  readonly layers: readonly Layer[]
  readonly command: readonly string[]
  readonly digestOf: (text: string) => string
}

export const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json'

/**
 * The texts of an image (Docker Image Manifest V2, Schema 2). Pure: the same layers give the same digest in every lab,
 * which is why the date in it is a constant.
 */
export const renderImage = (options: ImageOptions): Image => {
  const config = JSON.stringify({
    architecture: options.architecture,
    os: 'linux',
    created: '2025-01-01T00:00:00Z',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: options.command,
    },
    rootfs: { type: 'layers', diff_ids: options.layers.map((layer) => layer.diffId) },
    history: options.layers.map(() => ({ created: '2025-01-01T00:00:00Z', created_by: 'atoll lab' })),
  })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: Buffer.byteLength(config),
      digest: options.digestOf(config),
    },
    layers: options.layers.map((layer) => ({
      mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
      size: layer.bytes,
      digest: layer.digest,
    })),
  })
  return { repository: options.repository, layers: options.layers, config, manifest }
}
