import { createHash } from 'node:crypto'
import { copyFile, mkdir, rm, stat, chmod } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LabContext } from '../config.ts'
import type { Lab } from '../lab.ts'
import { withLock } from '../lock.ts'
import { PROCESS_MARK } from '../names.ts'
import { withProgress } from '../progress.ts'
import { run } from '../run.ts'
import { runAlone } from '../run-alone.ts'
import { renderImage } from './image.ts'
import type { Layer } from './image.ts'
import { getLayer } from './layer.ts'
import { publishImage } from './publish.ts'

// The Node binary needs libstdc++6; curl and procps are what one reaches for when a container must be looked into.
const BASE_PACKAGES = ['ca-certificates', 'curl', 'libstdc++6', 'procps']
const SUITE = 'bookworm'
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64'

/**
 * Puts the images `lab/base` (a small Debian) and `lab/node` (the same with this Node) into the lab's registry, built
 * from Debian's packages at the first time and from the cache afterwards. Gives their digest references.
 */
export const ensureImages = async (lab: Lab, context: LabContext): Promise<{ base: string; node: string }> => {
  const layers = await withLock(
    `${context.cache}/images`,
    { signal: context.signal, timeoutMs: 600_000 },
    async () => ({
      base: await getBaseLayer(lab, context),
      node: await getNodeLayer(context),
    }),
  )
  const base = await publish(lab, 'lab/base', { layers: [layers.base], command: ['/bin/bash'] })
  const node = await publish(lab, 'lab/node', {
    layers: [layers.base, layers.node],
    command: ['/usr/local/bin/node'],
  })
  return { base, node }
}

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

interface Content {
  readonly layers: readonly Layer[]
  readonly command: readonly string[]
}

const publish = (lab: Lab, repository: string, { layers, command }: Content): Promise<string> =>
  publishImage(
    lab.registry,
    renderImage({ repository, architecture: ARCHITECTURE, layers, command, digestOf }),
    digestOf,
  )

const getBaseLayer = (lab: Lab, { cache, signal, onProgress }: LabContext): Promise<Layer> =>
  getLayer({
    key: `base 1 ${SUITE} ${ARCHITECTURE} ${BASE_PACKAGES.join(' ')}`,
    cache: `${cache}/images`,
    signal,
    build: async (tarFile) => {
      const slim = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*']
      const options = slim.map((path) => `--dpkgopt=path-exclude=${path}`)
      const include = `--include=${BASE_PACKAGES.join(',')}`
      const what = `building the base image from Debian packages: ${BASE_PACKAGES.join(', ')}`
      await withProgress({ what, usually: 'half a minute to two; once', onProgress }, () =>
        runAlone(['mmdebstrap', '--quiet', '--mode=root', '--variant=minbase', ...options, include, SUITE, tarFile], {
          signal,
          environment: { TMPDIR: dirname(tarFile), [PROCESS_MARK]: lab.tag },
          timeoutMs: 600_000,
        }),
      )
    },
  })

const getNodeLayer = async ({ cache, signal, onProgress }: LabContext): Promise<Layer> => {
  const binary = await stat(process.execPath)
  return getLayer({
    key: `node 1 ${process.version} ${ARCHITECTURE} ${binary.size}`,
    cache: `${cache}/images`,
    signal,
    build: async (tarFile) => {
      const root = `${tarFile}.root`
      await mkdir(`${root}/usr/local/bin`, { recursive: true })
      await copyFile(process.execPath, `${root}/usr/local/bin/node`)
      await chmod(`${root}/usr/local/bin/node`, 0o755)
      const plain = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
      const what = `building the node image from Node ${process.version}`
      await withProgress({ what, onProgress }, () =>
        run(['tar', '--create', ...plain, '--file', tarFile, '--directory', root, 'usr'], {
          signal,
          timeoutMs: 60_000,
        }),
      )
      await rm(root, { recursive: true })
    },
  })
}
